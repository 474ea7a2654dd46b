import { decodeLogin, decodeNothing } from '../codecs.ts';
import type { RequestOrigin } from '../request-origin.ts';
import { sessionCookie } from '../session-cookie.ts';
import { LONGEST_MS } from '../sessions.ts';
import { type JsonAnswer, ok, type Route, type RouteServices } from './route.ts';

export const sessionRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/login',
    summary: 'Log a browser in by the API key {key}: the answer sets a cookie that no script can read',
    open: true,
    handle({ body, origin }, services) {
      const { key } = decodeLogin(body);
      services.gate.check(key, origin.address);
      if (origin.sessionToken !== null) services.sessions.close(origin.sessionToken);
      const token = services.sessions.open(services.access().apiKey);
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
    handle({ body, origin }, services) {
      decodeNothing(body);
      if (origin.sessionToken !== null) services.sessions.close(origin.sessionToken);
      return withCookie(null, { status: 'logged_out' }, origin, services);
    },
  },
  {
    method: 'GET',
    path: '/session',
    summary: 'By what right this request is allowed in: loopback, key or session',
    handle: ({ origin }) => ok({ granted_by: origin.grant }),
  },
];

function withCookie(
  token: string | null,
  body: object,
  origin: RequestOrigin,
  { access }: RouteServices,
): JsonAnswer {
  const { basePath } = access();
  const cookie = sessionCookie(token, origin.host, { basePath, usesTls: origin.usesTls });
  return { ...ok(body), headers: { 'Set-Cookie': cookie } };
}
