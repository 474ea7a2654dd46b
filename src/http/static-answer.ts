import { createHash } from 'node:crypto';
import type { Context } from 'koa';

/** What a page may load: what it came with, and the API it came from. It makes no markup from text, either. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** A page, or a file of a name that stays while its content changes: asked for anew each time, and not sent twice. */
export function sendFresh(ctx: Context, type: string, content: Buffer, tag = tagOf(content)): void {
  if (type.startsWith('text/html')) {
    ctx.set({
      'Content-Security-Policy': PAGE_POLICY,
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    });
  }
  ctx.set({ 'Cache-Control': 'no-cache', ETag: tag });
  send(ctx, type, content);
}

/** A file whose name changes with its content. */
export function sendForEver(ctx: Context, type: string, content: Buffer, name: string): void {
  ctx.set({ 'Cache-Control': 'public, max-age=31536000, immutable', ETag: `"${name}"` });
  send(ctx, type, content);
}

export function tagOf(content: Buffer): string {
  return `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
}

export function isReading({ method }: Context): boolean {
  return method === 'GET' || method === 'HEAD';
}

function send(ctx: Context, type: string, content: Buffer): void {
  ctx.status = 200;
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  ctx.type = type;
  ctx.body = content;
}
