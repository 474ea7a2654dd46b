import type { IncomingHttpHeaders } from 'node:http';
import { parseHost } from './host-header.ts';
import { LONGEST_MS } from './sessions.ts';

export interface CookieScope {
  readonly basePath: string;
  /** Whether the browser came by https: then the cookie never leaves it otherwise. */
  readonly usesTls: boolean;
}

/**
 * Cookies are of a host whatever the port: two Qguardarrs on one host would log each other out, so the port is in
 * the name, as the browser knows it.
 */
function nameOf(host: string | undefined): string {
  const port = parseHost(host)?.port ?? null;
  return port === null ? 'qguardarr' : `qguardarr_${port}`;
}

/** The session's token; null when there is none. */
export function sessionTokenIn({ cookie, host }: IncomingHttpHeaders): string | null {
  const prefix = `${nameOf(host)}=`;
  const found = (cookie ?? '').split(/;\s*/).find((pair) => pair.startsWith(prefix));
  return found === undefined ? null : found.slice(prefix.length) || null;
}

/** A Set-Cookie header that no script can read and no other site can have sent. @param token null takes it away */
export function sessionCookie(token: string | null, host: string | undefined, scope: CookieScope): string {
  const seconds = token === null ? 0 : LONGEST_MS / 1000;
  return [
    `${nameOf(host)}=${token ?? ''}`,
    `Path=${scope.basePath === '' ? '/' : scope.basePath}`,
    `Max-Age=${seconds}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(scope.usesTls ? ['Secure'] : []),
  ].join('; ');
}
