import type { IncomingMessage } from 'node:http';
import type { Context, Middleware, Next } from 'koa';
import { HttpProblem } from './errors.ts';

/** Of pages, scripts and proxies none comes near it. */
const MAX_HEADERS = 100;

/** Decisions hang on these: of two, a proxy may have looked at the other. */
const SINGLE_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'origin',
  'sec-fetch-site',
  'content-type',
  'content-encoding',
  'content-length',
  'transfer-encoding',
  'x-api-key',
]);

/**
 * Refuses requests that can be read in more than one way, and closes their connection: what follows on it may be part
 * of what came before. Throws HttpProblem 400, 431 or 505.
 */
export const refuseAmbiguousRequests: Middleware = async (ctx: Context, next: Next) => {
  const problem = ambiguityOf(ctx.req);
  if (problem !== null) throw problem;
  await next();
};

type Head = Pick<IncomingMessage, 'headers' | 'httpVersion' | 'rawHeaders' | 'url'>;

/** What makes the request's head ambiguous; null when nothing does. */
export function ambiguityOf({ headers, httpVersion, rawHeaders, url }: Head): HttpProblem | null {
  if (rawHeaders.length / 2 > MAX_HEADERS) {
    return refusal(431, 'headers_too_many', `There must be at most ${MAX_HEADERS} headers.`);
  }
  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    return refusal(505, 'http_version', `Expected HTTP/1.1, got HTTP/${httpVersion}.`);
  }
  // HTTP/1.0 knows no chunks: a proxy of that age sees another end of the body (RFC 9112, 6.1).
  if (httpVersion === '1.0' && headers['transfer-encoding'] !== undefined) {
    return refusal(400, 'bad_request', 'A request of HTTP/1.0 must have no Transfer-Encoding.');
  }
  // `GET http://name/path` names a host of its own, past the Host header that the checks look at.
  if (url?.startsWith('/') !== true) {
    return refusal(400, 'invalid_target', 'The request target must be a path: this is not a proxy.');
  }
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    if (SINGLE_HEADERS.has(name) && seen.has(name)) {
      return name === 'host'
        ? refusal(400, 'invalid_target', 'There must be one Host header only.')
        : refusal(400, 'bad_request', `There must be one ${name} header only.`);
    }
    seen.add(name);
  }
  return null;
}

function refusal(status: number, code: string, message: string): HttpProblem {
  return new HttpProblem(status, code, message, { headers: { Connection: 'close' } });
}
