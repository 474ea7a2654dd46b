import type { Context, Middleware, Next } from 'koa';
import { checkMediaType } from './body.ts';
import { HttpProblem } from './errors.ts';
import { type HostName, isNotRebindable, parseHost } from './host-header.ts';

/** Methods that change nothing here. */
const READING_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What a browser says of a request that no other site's page has made. */
const OWN_FETCH_SITES: ReadonlySet<string> = new Set(['same-origin', 'none']);

/**
 * Keeps web pages from driving the service through the browser of someone who can reach it: on each request
 * that changes something, Host, Origin, Sec-Fetch-Site and the body's type must be those of our own pages or
 * of a script. Throws HttpProblem 403 or 415.
 * @param allowedHosts further names (without port) that the service may be called by: auth.allowed_hosts
 */
export function refuseForeignChanges(allowedHosts: () => readonly string[]): Middleware {
  return async (ctx: Context, next: Next) => {
    if (!READING_METHODS.has(ctx.method)) {
      const { headers } = ctx.req;
      const host = checkHost(headers.host, allowedHosts());
      checkOrigin(headers.origin, host);
      checkFetchSite(headers['sec-fetch-site']);
      checkMediaType(headers['content-type'], headers['content-encoding']);
    }
    await next();
  };
}

function checkHost(header: string | undefined, allowedHosts: readonly string[]): HostName {
  const host = parseHost(header);
  if (host === null) {
    throw new HttpProblem(403, 'host_not_allowed', 'The Host header is missing or malformed.');
  }
  const named = allowedHosts.some((allowed) => parseHost(allowed.trim())?.name === host.name);
  if (!named && !isNotRebindable(host.name)) {
    throw new HttpProblem(
      403,
      'host_not_allowed',
      `Changes may not be asked for under the name "${host.name}". If it is this service's, add it to auth.allowed_hosts in the config.`,
      { details: { host: host.name, config_key: 'auth.allowed_hosts' } },
    );
  }
  return host;
}

/** Schemes may differ, as a proxy in front may end TLS; names and ports may not. */
function checkOrigin(header: string | undefined, host: HostName): void {
  if (header === undefined) return;
  const origin = URL.canParse(header) ? new URL(header) : null;
  const defaultPort = origin?.protocol === 'https:' ? 443 : 80;
  const originPort = origin === null || origin.port === '' ? defaultPort : Number(origin.port);
  const sameName = origin !== null && parseHost(origin.host)?.name === host.name;
  if (!sameName || originPort !== (host.port ?? defaultPort)) {
    throw new HttpProblem(
      403,
      'origin_not_allowed',
      'The request was made by a page of another origin. Behind a proxy, let it pass the Host header on unchanged.',
    );
  }
}

function checkFetchSite(header: string | string[] | undefined): void {
  if (header === undefined || OWN_FETCH_SITES.has(String(header))) return;
  throw new HttpProblem(
    403,
    'cross_site_request',
    'The browser says that a page of another site made this request.',
  );
}
