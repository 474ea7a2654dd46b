import type { Context, Middleware, Next } from 'koa';
import type { PublicRead } from '../config/access.ts';
import type { Access } from './access.ts';
import { ClientReader, isDirectLoopback } from './client.ts';
import { type KeyGate, keyMissing, unauthorized } from './key-gate.ts';
import type { Grant, RequestOrigin } from './request-origin.ts';
import { sessionTokenIn } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

export interface AuthOptions {
  readonly access: () => Access;
  readonly gate: KeyGate;
  readonly sessions: Sessions;
  /** Paths that need no key, ever. */
  readonly openPaths: ReadonlySet<string>;
  /** The reads that `auth.public` may open, by path. */
  readonly publicPaths: ReadonlyMap<string, PublicRead>;
}

/**
 * Lets a request on when it asks for what is open to all, comes from this machine, carries the API key, or the
 * cookie of a login. Leaves in `ctx.state.origin` who asks. Throws HttpProblem 401 or 429.
 */
export function requireKey(options: AuthOptions): Middleware {
  const clients = new ClientReader();
  return async (ctx: Context, next: Next) => {
    const client = clients.read(ctx.req, options.access().trustedProxies);
    const { path } = ctx;
    let grant = grantOf(ctx, path, options);
    if (grant === null) {
      const given = keyOf(ctx);
      if (given === null) throw noGrant(ctx);
      options.gate.check(given, client.address);
      grant = 'key';
    }
    const origin: RequestOrigin = {
      ...client,
      grant,
      host: ctx.req.headers.host,
      sessionToken: sessionTokenIn(ctx.req.headers),
      isStillGranted: () => grantOf(ctx, path, options) !== null || options.gate.isRight(keyOf(ctx) ?? ''),
    };
    ctx.state.origin = origin;
    await next();
  };
}

/** What lets the request in without a look at a key; null when nothing does. */
function grantOf(ctx: Context, path: string, options: AuthOptions): Grant | null {
  const { access, openPaths, publicPaths, sessions } = options;
  const { apiKey, publicReads, trustLoopback } = access();
  if (openPaths.has(path)) return 'open';
  if (trustLoopback && isDirectLoopback(ctx.req)) return 'loopback';
  const token = sessionTokenIn(ctx.req.headers);
  // An empty key opens nothing, and so has opened none.
  if (token !== null && sessions.isAlive(token, apiKey)) return 'session';
  const read = ctx.method === 'GET' || ctx.method === 'HEAD' ? publicPaths.get(path) : undefined;
  return read !== undefined && publicReads.includes(read) ? 'public' : null;
}

/** Never an empty one, so that with no key set none matches. */
function keyOf(ctx: Context): string | null {
  const header = ctx.req.headers['x-api-key'];
  const given = header === undefined ? new URLSearchParams(ctx.querystring).get('apikey') : String(header);
  return given === '' ? null : given;
}

function noGrant(ctx: Context): Error {
  if (sessionTokenIn(ctx.req.headers) === null) return keyMissing();
  return unauthorized('session_ended', 'This login has ended: log in again.');
}
