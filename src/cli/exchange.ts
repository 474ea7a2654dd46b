import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Some 30 times that of the longest list there is: of what else answers, no more is kept. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

export interface Exchange {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  /**
   * Over https, the one certificate (PEM) to accept, whatever name it is for; null: any that the system trusts.
   * The service beside this command has one for the name that others know it by, often signed by itself.
   */
  readonly certificate: Buffer | null;
  /** A connection to the server, to be used for this request; null: a new one. */
  readonly socket?: Socket | null;
}

export interface ExchangeAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends one request and reads the answer whole, 256 MiB at most. Follows no redirection. Rejects with the system's error.
 */
export function exchange(url: URL, options: Exchange): Promise<ExchangeAnswer> {
  const { method, headers, body, certificate, timeoutMs, socket = null } = options;
  const settings: RequestOptions = {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) },
    signal: AbortSignal.timeout(timeoutMs),
  };
  const pinned =
    certificate === null
      ? {}
      : { ca: certificate, allowPartialTrustChain: true, checkServerIdentity: () => undefined };
  const isSecure = url.protocol === 'https:';
  const servername = isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0 ? url.hostname : '';
  const connection: RequestOptions =
    socket === null
      ? { agent: false }
      : { createConnection: () => (isSecure ? connectTls({ socket, servername, ...pinned }) : socket) };
  return new Promise((resolve, reject) => {
    const request = isSecure
      ? httpsRequest(url, { ...settings, ...connection, ...pinned })
      : httpRequest(url, { ...settings, ...connection });
    request.on('error', reject).on('response', (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => {
          text += chunk;
          if (text.length > MAX_ANSWER_BYTES)
            request.destroy(Object.assign(new Error(), { code: 'EMSGSIZE' }));
        })
        .on('error', reject)
        .on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.end(body);
  });
}
