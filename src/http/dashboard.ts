import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Context, Middleware, Next } from 'koa';
import { isReading, sendForEver, sendFresh, tagOf } from './static-answer.ts';

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
]);

interface Dashboard {
  readonly page: Buffer;
  readonly pageTag: string;
  /** Name within /assets/ to type. Their names carry a hash of their content, so they never change. */
  readonly assets: ReadonlyMap<string, string>;
}

/**
 * Answers GET / for whoever prefers HTML, and the page's own files under /assets/; everything else goes on. Needs no
 * key, as nothing of it is anyone's: the page asks for the key itself. Paths are looked up in the list of files that
 * were built, never put together, so none leads out of the folder.
 * @param folder as the build wrote it; null, or one without a page: there is no dashboard
 */
export function serveDashboard(folder: string | null): Middleware {
  let loading: Promise<Dashboard | null> | null = null;
  return async (ctx: Context, next: Next) => {
    const isPage = ctx.path === '/';
    if (folder === null || !isReading(ctx) || !(isPage || ctx.path.startsWith('/assets/')))
      return await next();
    if (isPage) ctx.vary('Accept');
    if (isPage && ctx.accepts('json', 'html') !== 'html') return await next();
    loading ??= load(folder);
    const dashboard = await loading;
    if (dashboard === null) return await next();
    if (isPage) return sendFresh(ctx, 'text/html; charset=utf-8', dashboard.page, dashboard.pageTag);
    const name = ctx.path.slice('/assets/'.length);
    const type = dashboard.assets.get(name);
    if (type === undefined) return await next();
    const content = await readFile(path.join(folder, 'assets', name)).catch(() => null);
    if (content !== null) return sendForEver(ctx, type, content, name);
    // Another version was installed over this one: its page names its own files.
    loading = null;
    return await next();
  };
}

async function load(folder: string): Promise<Dashboard | null> {
  try {
    const [page, names] = await Promise.all([
      readFile(path.join(folder, 'index.html')),
      readdir(path.join(folder, 'assets')),
    ]);
    const assets = names.flatMap((name): [string, string][] => {
      const type = TYPES.get(path.extname(name));
      return type === undefined ? [] : [[name, type]];
    });
    return { page, pageTag: tagOf(page), assets: new Map(assets) };
  } catch {
    return null;
  }
}
