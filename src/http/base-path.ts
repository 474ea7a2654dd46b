import type { Context, Middleware, Next } from 'koa';

/**
 * Takes the base path off a request's path. Without it a request is served as well: a proxy may have taken it off
 * already, and scripts and health checks on this machine needn't know of the proxy.
 * @param basePath '' or '/qguardarr'
 */
export function stripBasePath(basePath: () => string): Middleware {
  return async (ctx: Context, next: Next) => {
    const base = basePath();
    if (base !== '' && ctx.path === base && (ctx.method === 'GET' || ctx.method === 'HEAD')) {
      // The page names its files relative to its own address, which must end with a slash for that.
      ctx.status = 308;
      ctx.set('Location', `${base}/${ctx.search}`);
      return;
    }
    if (base !== '' && (ctx.path === base || ctx.path.startsWith(`${base}/`))) {
      ctx.path = ctx.path.slice(base.length) || '/';
    }
    await next();
  };
}
