import type { IncomingMessage } from 'node:http';
import type { Context, Middleware, Next } from 'koa';
import type { KeyScope, PublicRead } from '../config/access.ts';
import { clientNetwork } from '../config/addresses.ts';
import type { Access, AccessKey } from './access.ts';
import { ClientReader, isDirectLoopback } from './client.ts';
import { HttpProblem } from './errors.ts';
import { type KeyGate, keyMissing, unauthorized } from './key-gate.ts';
import type { Grant, RequestOrigin } from './request-origin.ts';
import { isWithin, SCOPE_IN_WORDS } from './scopes.ts';
import { sessionTokensIn } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';
import type { UntrustedProxies } from './untrusted-proxies.ts';

export interface AuthOptions {
  readonly access: () => Access;
  readonly gate: KeyGate;
  readonly sessions: Sessions;
  /** Paths that need no key, ever. */
  readonly openPaths: ReadonlySet<string>;
  /** The reads that `auth.public` may open, by path. */
  readonly publicPaths: ReadonlyMap<string, PublicRead>;
  readonly untrustedProxies: UntrustedProxies;
  /** Told who asks, as soon as it is known. */
  readonly tell: Tell;
}

/**
 * Returns whether there is a place for the request.
 * @param scope of a right of its own; null: it asks for what is open to all, or is not known yet
 */
export type Tell = (request: IncomingMessage, network: string, scope: KeyScope | null) => boolean;

interface Right {
  readonly grant: Grant;
  /** null: by what is open to all. */
  readonly scope: KeyScope | null;
}

/**
 * Lets a request on when it asks for what is open to all, comes from this machine, carries a key, or the cookie of a
 * login by one, and the key is for that. Leaves in `ctx.state.origin` who asks. Throws HttpProblem 401, 403, 429 or 503.
 */
export function requireKey(options: AuthOptions): Middleware {
  const clients = new ClientReader();
  return async (ctx: Context, next: Next) => {
    const { isDoubtful, ...client } = clients.read(ctx.req, options.access().trustedProxies);
    if (isDoubtful) options.untrustedProxies.note(client.address);
    const network = clientNetwork(client.address);
    options.tell(ctx.req, network, null);
    const asked = { method: ctx.method, path: ctx.path };
    const right = rightOf(ctx, asked, options, (given) => options.gate.check(given, client.address));
    if (!options.tell(ctx.req, network, right.scope)) throw tooManyHolders();
    const origin: RequestOrigin = {
      ...client,
      ...right,
      network,
      host: ctx.req.headers.host,
      origin: ctx.req.headers.origin,
      sessionTokens: sessionTokensIn(ctx.req.headers),
      isStillGranted: () =>
        isGranted(() => rightOf(ctx, asked, options, options.gate.find.bind(options.gate))),
    };
    ctx.state.origin = origin;
    await next();
  };
}

interface Asked {
  readonly method: string;
  readonly path: string;
}

/**
 * By what the request is let in; the widest right comes first.
 * @param look finds the key in force that was given, and may throw instead; null for none
 */
function rightOf(
  ctx: Context,
  asked: Asked,
  options: AuthOptions,
  look: (given: string) => AccessKey | null,
): Right {
  const { access, openPaths, publicPaths, sessions } = options;
  const { keys, publicReads, trustLoopback } = access();
  if (openPaths.has(asked.path)) return { grant: 'open', scope: null };
  if (trustLoopback && isDirectLoopback(ctx.req)) return { grant: 'loopback', scope: 'admin' };
  const tokens = sessionTokensIn(ctx.req.headers);
  const opened = tokens.flatMap((token) => sessions.find(token, keys) ?? []);
  const fits = ({ scope }: AccessKey) => isWithin(scope, asked.method, asked.path);
  const login = opened.find(fits);
  if (login !== undefined) return { grant: 'session', scope: login.scope };
  const read = asked.method === 'GET' || asked.method === 'HEAD' ? publicPaths.get(asked.path) : undefined;
  const isPublic = read !== undefined && publicReads.includes(read);
  const given = keyOf(ctx);
  // Beside a public read a wrong key is counted all the same: else guessing would cost nothing there.
  const key = given === null ? null : isPublic ? orNull(() => look(given)) : look(given);
  if (key !== null && fits(key)) return { grant: 'key', scope: key.scope };
  if (isPublic) return { grant: 'public', scope: null };
  const narrow = key ?? opened[0];
  if (narrow !== undefined) throw tooNarrow(narrow);
  throw tokens.length === 0
    ? keyMissing()
    : unauthorized('session_ended', 'This login has ended: log in again.');
}

/** Never an empty one, so that with no key set none matches. */
function keyOf(ctx: Context): string | null {
  const header = ctx.req.headers['x-api-key'];
  const given = header === undefined ? new URLSearchParams(ctx.querystring).get('apikey') : String(header);
  return given === '' ? null : given;
}

function tooNarrow({ name, scope }: AccessKey): HttpProblem {
  return new HttpProblem(
    403,
    'key_scope',
    `The key "${name}" is for ${SCOPE_IN_WORDS[scope]} (auth.keys in the config): use another one.`,
    { details: { key_name: name, scope } },
  );
}

function tooManyHolders(): HttpProblem {
  return new HttpProblem(
    503,
    'too_many_connections',
    'Too many connections are open by keys of this scope (auth.keys in the config): try again later.',
    { headers: { 'Retry-After': '2' } },
  );
}

function orNull(look: () => AccessKey | null): AccessKey | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof HttpProblem) return null;
    throw error;
  }
}

function isGranted(look: () => Right): boolean {
  try {
    look();
    return true;
  } catch (error) {
    if (error instanceof HttpProblem) return false;
    throw error;
  }
}
