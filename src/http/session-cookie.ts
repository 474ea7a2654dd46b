import type { IncomingHttpHeaders } from 'node:http';
import { parseHost } from './host-header.ts';
import { LONGEST_MS } from './sessions.ts';

export interface CookieScope {
  readonly basePath: string;
  /** Whether the browser came by https: then the cookie never leaves it otherwise. */
  readonly usesTls: boolean;
}

/** A browser takes a cookie of such a name from the very host only, over https, for every path. */
const HOST_PREFIX = '__Host-';

/**
 * Cookies are of a host whatever the port: two Qguardarrs on one host would log each other out, so the port is in
 * the name, as the browser knows it.
 */
function nameOf(host: string | undefined): string {
  const port = parseHost(host)?.port ?? null;
  return port === null ? 'qguardarr' : `qguardarr_${port}`;
}

/**
 * The tokens of sessions that came, none twice, those in a prefixed cookie first. There may be several: a page of a
 * subdomain can set a cookie of our name beside ours, and it must not hide the owner's.
 */
export function sessionTokensIn({ cookie, host }: IncomingHttpHeaders): readonly string[] {
  const name = nameOf(host);
  const pairs = (cookie ?? '').split(/;\s*/);
  const under = (prefix: string) =>
    pairs.filter((pair) => pair.startsWith(prefix)).map((pair) => pair.slice(prefix.length));
  const tokens = [...under(`${HOST_PREFIX}${name}=`), ...under(`${name}=`)];
  return [...new Set(tokens.filter((token) => token !== ''))];
}

/** Set-Cookie headers that no script can read and no other site can have sent. @param token null takes it away */
export function sessionCookies(
  token: string | null,
  host: string | undefined,
  { basePath, usesTls }: CookieScope,
): readonly string[] {
  const name = nameOf(host);
  const write = (given: string, path: string, value: string | null, isSecure: boolean) =>
    [
      `${given}=${value ?? ''}`,
      `Path=${path}`,
      `Max-Age=${value === null ? 0 : LONGEST_MS / 1000}`,
      'HttpOnly',
      'SameSite=Strict',
      ...(isSecure ? ['Secure'] : []),
    ].join('; ');
  const path = basePath === '' ? '/' : basePath;
  if (!usesTls || basePath !== '') return [write(name, path, token, usesTls)];
  // An earlier login may have set the plain one.
  return [write(`${HOST_PREFIX}${name}`, '/', token, true), write(name, '/', null, true)];
}
