import { decodeLogin, decodeNothing } from '../codecs.ts';
import { HttpProblem } from '../errors.ts';
import { readOrigin } from '../host-header.ts';
import type { RequestOrigin } from '../request-origin.ts';
import { sessionCookies } from '../session-cookie.ts';
import { LONGEST_MS } from '../sessions.ts';
import { type JsonAnswer, ok, type Route, type RouteServices } from './route.ts';

/** Whoever sends it has shown no key yet; on every connection at once, it is 3 MiB. */
const OPEN_BODY_BYTES = 2 * 1024;

export const sessionRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/login',
    summary: 'Log a browser in by the API key {key}: the answer sets a cookie that no script can read',
    open: true,
    maxBodyBytes: OPEN_BODY_BYTES,
    handle({ body, origin }, services) {
      const { key: given } = decodeLogin(body);
      const { key, name, scope } = services.gate.check(given, origin.address);
      if (scope === 'webhook') {
        throw new HttpProblem(
          403,
          'key_scope',
          `The key "${name}" is for POST /webhook only: log in by another one.`,
        );
      }
      closeAll(origin, services);
      const token = services.sessions.open(key);
      return withCookie(
        token,
        { status: 'logged_in', expires_in_seconds: LONGEST_MS / 1000 },
        origin,
        services,
      );
    },
  },
  {
    method: 'POST',
    path: '/logout',
    summary: 'End the login of the cookie that comes with it',
    open: true,
    maxBodyBytes: OPEN_BODY_BYTES,
    handle({ body, origin }, services) {
      decodeNothing(body);
      closeAll(origin, services);
      return withCookie(null, { status: 'logged_out' }, origin, services);
    },
  },
  {
    method: 'GET',
    path: '/session',
    summary:
      'By what right this request is allowed in (loopback, key or session), and what for (admin or read)',
    handle: ({ origin }) => ok({ granted_by: origin.grant, scope: origin.scope }),
  },
];

function closeAll({ sessionTokens }: RequestOrigin, { sessions }: RouteServices): void {
  for (const token of sessionTokens) sessions.close(token);
}

function withCookie(
  token: string | null,
  body: object,
  { host, origin, usesTls }: RequestOrigin,
  { access }: RouteServices,
): JsonAnswer {
  const { basePath } = access();
  // A proxy that ends TLS without a word: the browser says in Origin how it came.
  const cameByTls = usesTls || (origin !== undefined && readOrigin(origin)?.usesTls === true);
  return {
    ...ok(body),
    headers: { 'Set-Cookie': sessionCookies(token, host, { basePath, usesTls: cameByTls }) },
  };
}
