import path from 'node:path';
import type { Context, Middleware, Next } from 'koa';
import type { FileCache } from './file-cache.ts';
import { isReading, sendFresh } from './static-answer.ts';

/** By path; as the build wrote them, below the dashboard's folder. */
const FILES: ReadonlyMap<string, { readonly file: string; readonly type: string }> = new Map([
  ['/api/docs', { file: 'api/docs.html', type: 'text/html; charset=utf-8' }],
  ['/api/openapi.json', { file: 'api/openapi.json', type: 'application/json; charset=utf-8' }],
]);

/**
 * The API's description and a page that shows it. They need no key, as they are in every copy of Qguardarr.
 * @param folder as the build wrote it; null, or one without them: there are none
 */
export function serveApiDocs(folder: string | null, files: FileCache): Middleware {
  return async (ctx: Context, next: Next) => {
    const found = FILES.get(ctx.path);
    if (folder === null || found === undefined || !isReading(ctx)) return await next();
    const file = await files.read(path.join(folder, found.file));
    if (file === null) return await next();
    sendFresh(ctx, found.type, file.content, file.tag);
  };
}
