import http from 'node:http';
import https from 'node:https';

/** The head of an answer; what follows it is not read. */
export interface Answer {
  readonly status: number;
  /** What the other side asks for before the next attempt; null when it doesn't. */
  readonly retryAfterMs: number | null;
}

/** No answer came. The message never holds the address: it may be a secret. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

export interface ExchangeOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @throws NoAnswer, or the signal's reason */
export function postJson(
  url: string,
  payload: Readonly<Record<string, unknown>>,
  options: ExchangeOptions,
): Promise<Answer> {
  const body = JSON.stringify(payload);
  const headers = {
    ...options.headers,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  };
  return exchange('POST', url, { ...options, headers }, body);
}

/** @throws NoAnswer, or the signal's reason */
export function getHead(url: string, options: ExchangeOptions): Promise<Answer> {
  return exchange('GET', url, options, '');
}

/** A connection for each, closed at once: they are rare. Redirects are not followed. */
function exchange(
  method: 'GET' | 'POST',
  url: string,
  { timeoutMs, signal, headers }: ExchangeOptions,
  body: string,
): Promise<Answer> {
  const allHeaders = { ...headers, 'user-agent': 'qguardarr', connection: 'close' };
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const send = url.toLowerCase().startsWith('https:') ? https.request : http.request;
    const outgoing = send(url, { method, headers: allHeaders, agent: false });
    const settle = (act: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      outgoing.destroy();
      act();
    };
    const onAbort = () => settle(() => reject(signal.reason));
    const timer = setTimeout(
      () => settle(() => reject(new NoAnswer(`no answer within ${timeoutMs / 1000} s`))),
      timeoutMs,
    );
    signal.addEventListener('abort', onAbort, { once: true });
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      settle(() => reject(new NoAnswer(`no connection (${error.code ?? error.name})`))),
    );
    outgoing.on('response', (answer) => {
      const status = answer.statusCode ?? 0;
      const retryAfterMs = retryAfterOf(answer.headers['retry-after']);
      settle(() => resolve({ status, retryAfterMs }));
    });
    outgoing.end(body);
  });
}

/** Seconds; a date, which the header may hold as well, is left to the usual back-off. */
function retryAfterOf(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,6}(\.\d+)?$/.test(header) ? Number(header) * 1000 : null;
}
