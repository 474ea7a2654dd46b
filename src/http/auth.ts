import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Context, Middleware, Next } from 'koa';
import { HttpProblem } from './errors.ts';
import { isLoopbackAddress, isLoopbackName, parseHost, plainAddress } from './host-header.ts';
import { KeyBackOff } from './key-back-off.ts';
import type { HttpLog } from './log.ts';

/** Any of these says that a proxy stands between the client and the loopback interface. */
const PROXY_HEADERS = ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'via'] as const;

const HINT =
  "Send it as the header X-Api-Key, or as ?apikey= in the URL. It was shown at Qguardarr's first start and is " +
  'kept in its data folder, unless the config or QGUARDARR_API_KEY sets it.';

export interface AuthOptions {
  /** The key in force; asked at each request, so that a reload takes effect. An empty one lets nobody in. */
  readonly apiKey: () => string;
  /** Whether a loopback client needs no key. Turn off behind a local proxy that adds no forwarding header. */
  readonly trustLoopback: boolean;
  /** Paths that need no key. */
  readonly openPaths: ReadonlySet<string>;
  readonly now: () => number;
  readonly log: HttpLog;
}

/** Lets a request on when it comes from this machine or carries the API key. Throws HttpProblem 401 or 429. */
export function requireKey(options: AuthOptions): Middleware {
  const backOff = new KeyBackOff(options.now);
  return async (ctx: Context, next: Next) => {
    if (!options.openPaths.has(ctx.path) && !(options.trustLoopback && isDirectLoopback(ctx.req))) {
      checkKey(ctx, options, backOff);
    }
    await next();
  };
}

/**
 * Whether the request was made on this machine, to this machine: the socket alone doesn't tell, as a proxy's
 * clients and a web page whose domain was rebound to 127.0.0.1 come over loopback too.
 */
export function isDirectLoopback(request: Pick<IncomingMessage, 'headers' | 'socket'>): boolean {
  const { remoteAddress } = request.socket;
  const host = parseHost(request.headers.host);
  return (
    remoteAddress !== undefined &&
    isLoopbackAddress(remoteAddress) &&
    host !== null &&
    isLoopbackName(host.name) &&
    PROXY_HEADERS.every((header) => request.headers[header] === undefined)
  );
}

function checkKey(ctx: Context, options: AuthOptions, backOff: KeyBackOff): void {
  const given = keyOf(ctx);
  if (given === null) {
    throw unauthorized('key_missing', `This request needs the API key. ${HINT}`);
  }
  const address = plainAddress(ctx.req.socket.remoteAddress ?? 'unknown');
  const waitMs = backOff.waitMs(address);
  if (waitMs > 0) throw tooManyTries(waitMs);
  if (sameKey(given, options.apiKey())) {
    backOff.succeeded(address);
    return;
  }
  const pauseMs = backOff.failed(address);
  if (pauseMs > 0) options.log.warn({ address, pauseMs }, 'wrong API key again and again: address paused');
  throw unauthorized('key_wrong', `This API key is not the right one. ${HINT}`);
}

/** Never an empty one, so that with no key set none matches. */
function keyOf(ctx: Context): string | null {
  const header = ctx.req.headers['x-api-key'];
  const given = header === undefined ? new URLSearchParams(ctx.querystring).get('apikey') : String(header);
  return given === '' ? null : given;
}

/** Digests have one length whatever was given, and comparing them tells nothing of where the keys differ. */
function sameKey(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function unauthorized(code: string, message: string): HttpProblem {
  return new HttpProblem(401, code, message, {
    headers: { 'WWW-Authenticate': 'ApiKey header="X-Api-Key"' },
  });
}

function tooManyTries(waitMs: number): HttpProblem {
  const seconds = Math.ceil(waitMs / 1000);
  return new HttpProblem(
    429,
    'too_many_wrong_keys',
    `Too many wrong API keys came from this address: try again in ${seconds} s.`,
    { details: { retry_after_seconds: seconds }, headers: { 'Retry-After': String(seconds) } },
  );
}
