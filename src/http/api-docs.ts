import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Context, Middleware, Next } from 'koa';
import { isReading, sendFresh } from './static-answer.ts';

/** By path; as the build wrote them, below the dashboard's folder. */
const FILES: ReadonlyMap<string, { readonly file: string; readonly type: string }> = new Map([
  ['/api/docs', { file: 'api/docs.html', type: 'text/html; charset=utf-8' }],
  ['/api/openapi.json', { file: 'api/openapi.json', type: 'application/json; charset=utf-8' }],
]);

/**
 * The API's description and a page that shows it. Read from disk at each request: they are rarely asked for, and the
 * memory is better used. They need no key, as they are in every copy of Qguardarr.
 * @param folder as the build wrote it; null, or one without them: there are none
 */
export function serveApiDocs(folder: string | null): Middleware {
  return async (ctx: Context, next: Next) => {
    const found = FILES.get(ctx.path);
    if (folder === null || found === undefined || !isReading(ctx)) return await next();
    const content = await readFile(path.join(folder, found.file)).catch(() => null);
    if (content === null) return await next();
    sendFresh(ctx, found.type, content);
  };
}
