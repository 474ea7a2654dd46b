import http from 'node:http';
import https from 'node:https';

export interface PostAnswer {
  readonly status: number;
  /** What the other side asks for before the next attempt; null when it doesn't. */
  readonly retryAfterMs: number | null;
}

/** No answer came. The message never holds the address: it is a secret. */
export class PostFailed extends Error {
  override readonly name = 'PostFailed';
}

/**
 * Posts JSON, and takes no more of the answer than its head. A connection for each, closed at once: messages are rare.
 * Redirects are not followed.
 * @throws PostFailed, or the signal's reason
 */
export function postJson(
  url: string,
  payload: Readonly<Record<string, unknown>>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<PostAnswer> {
  const body = JSON.stringify(payload);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'qguardarr',
    connection: 'close',
  };
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const send = url.toLowerCase().startsWith('https:') ? https.request : http.request;
    const outgoing = send(url, { method: 'POST', headers, agent: false });
    const settle = (act: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      outgoing.destroy();
      act();
    };
    const onAbort = () => settle(() => reject(signal.reason));
    const timer = setTimeout(
      () => settle(() => reject(new PostFailed(`no answer within ${timeoutMs / 1000} s`))),
      timeoutMs,
    );
    signal.addEventListener('abort', onAbort, { once: true });
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      settle(() => reject(new PostFailed(`no connection (${error.code ?? error.name})`))),
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
