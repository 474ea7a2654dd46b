import type { IncomingMessage } from 'node:http';
import type { Context, Middleware, Next } from 'koa';
import { checkMediaType } from './body.ts';
import { claimsTls } from './client.ts';
import { HttpProblem } from './errors.ts';
import { type HostName, isNotRebindable, parseHost, readOrigin } from './host-header.ts';
import { READING_METHODS } from './scopes.ts';

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
      checkOrigin(headers.origin, host, mustUseTls(ctx.req));
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

/**
 * Scheme, name and port must be ours. A proxy in front may end TLS without a word: then https is taken for ours too,
 * but http never where the client came by https, as a page of that can be anyone's on the way.
 */
function checkOrigin(header: string | undefined, host: HostName, usesTls: boolean): void {
  if (header === undefined) return;
  const origin = readOrigin(header);
  if (origin !== null && !(usesTls && !origin.usesTls)) {
    const ownPort = host.port ?? (origin.usesTls ? 443 : 80);
    if (origin.name === host.name && origin.port === ownPort) return;
  }
  throw new HttpProblem(
    403,
    'origin_not_allowed',
    'The request was made by a page of another origin. Behind a proxy, let it pass the Host header on unchanged.',
  );
}

/** No header can make a request less suspicious by it, so that anyone's is believed. */
function mustUseTls(request: IncomingMessage): boolean {
  return ('encrypted' in request.socket && request.socket.encrypted === true) || claimsTls(request);
}

function checkFetchSite(header: string | string[] | undefined): void {
  if (header === undefined || OWN_FETCH_SITES.has(String(header))) return;
  throw new HttpProblem(
    403,
    'cross_site_request',
    'The browser says that a page of another site made this request.',
  );
}
