import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Context, Middleware, Next } from 'koa';
import type { CachedFile, FileCache } from './file-cache.ts';
import { isReading, sendForEver, sendFresh } from './static-answer.ts';

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
]);

interface Dashboard {
  readonly page: CachedFile;
  /** Name within /assets/ to type. Their names carry a hash of their content, so they never change. */
  readonly assets: ReadonlyMap<string, string>;
}

/**
 * Answers GET / for whoever prefers HTML, and the page's own files under /assets/; everything else goes on. Needs no
 * key, as nothing of it is anyone's: the page asks for the key itself. Paths are looked up in the list of files that
 * were built, never put together, so none leads out of the folder.
 * @param folder as the build wrote it; null, or one without a page: there is no dashboard
 */
export function serveDashboard(folder: string | null, files: FileCache): Middleware {
  let loading: Promise<Dashboard | null> | null = null;
  return async (ctx: Context, next: Next) => {
    const isPage = ctx.path === '/';
    if (folder === null || !isReading(ctx) || !(isPage || ctx.path.startsWith('/assets/')))
      return await next();
    if (isPage) ctx.vary('Accept');
    if (isPage && ctx.accepts('json', 'html') !== 'html') return await next();
    loading ??= load(folder, files);
    const dashboard = await loading;
    if (dashboard === null) return await next();
    if (isPage) return sendFresh(ctx, 'text/html; charset=utf-8', dashboard.page.content, dashboard.page.tag);
    const name = ctx.path.slice('/assets/'.length);
    const type = dashboard.assets.get(name);
    if (type === undefined) return await next();
    const file = await files.read(path.join(folder, 'assets', name));
    if (file !== null) return sendForEver(ctx, type, file.content, name);
    // Another version was installed over this one: its page names its own files.
    loading = null;
    files.clear();
    return await next();
  };
}

async function load(folder: string, files: FileCache): Promise<Dashboard | null> {
  const page = await files.read(path.join(folder, 'index.html'));
  const names = await readdir(path.join(folder, 'assets')).catch(() => null);
  if (page === null || names === null) return null;
  const assets = names.flatMap((name): [string, string][] => {
    const type = TYPES.get(path.extname(name));
    return type === undefined ? [] : [[name, type]];
  });
  return { page, assets: new Map(assets) };
}
