import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';

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
}

export interface ExchangeAnswer {
  readonly status: number;
  readonly text: string;
}

/** Sends one request and reads the answer whole. Follows no redirection. Rejects with the system's error. */
export function exchange(url: URL, options: Exchange): Promise<ExchangeAnswer> {
  const { method, headers, body, certificate, timeoutMs } = options;
  const settings: RequestOptions = {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) },
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
  };
  const pinned =
    certificate === null
      ? {}
      : { ca: certificate, allowPartialTrustChain: true, checkServerIdentity: () => undefined };
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:' ? httpsRequest(url, { ...settings, ...pinned }) : httpRequest(url, settings);
    request.on('error', reject).on('response', (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => {
          text += chunk;
        })
        .on('error', reject)
        .on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.end(body);
  });
}
