import Koa, { type Context, type Middleware, type Next } from 'koa';
import type { PublicRead } from '../config/access.ts';
import type { Operations } from '../service/operations.ts';
import type { Access } from './access.ts';
import { serveApiDocs } from './api-docs.ts';
import { requireKey, type Tell } from './auth.ts';
import { stripBasePath } from './base-path.ts';
import { serveDashboard } from './dashboard.ts';
import { answerErrors } from './errors.ts';
import type { EventStreams } from './event-streams.ts';
import { FileCache } from './file-cache.ts';
import { KeyGate } from './key-gate.ts';
import type { HttpLog } from './log.ts';
import type { Observability } from './observability.ts';
import { refuseForeignChanges } from './origin.ts';
import { refuseAmbiguousRequests } from './request-form.ts';
import { answerRoutes } from './router.ts';
import { routes } from './routes/index.ts';
import { Sessions } from './sessions.ts';
import { UntrustedProxies } from './untrusted-proxies.ts';

export interface AppOptions extends Observability {
  readonly operations: Operations;
  readonly streams: EventStreams;
  /** The dashboard's files, or null. */
  readonly webFolder: string | null;
  readonly access: () => Access;
  readonly log: HttpLog;
  /** Of one body, bytes. */
  readonly bodyLimitBytes: number;
  readonly tell: Tell;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** What is told of a connection that its client has broken off, which anyone can as often as they like. */
const GONE_CODES: ReadonlySet<string> = new Set([
  'ECONNABORTED',
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_WRITE_AFTER_END',
  'ETIMEDOUT',
]);

/** Answers are live and private, and none but the dashboard is a page: nothing may store, sniff, frame or embed them. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/**
 * The Koa app. Order matters: headers stand on errors too; a foreign page is refused before its key is looked
 * at, so that it can't get its victim's address paused; and nothing is said of paths before the key is right,
 * but for the dashboard's files, which are in every copy of Qguardarr.
 */
export function createApp(options: AppOptions): Koa {
  const { access, now, log } = options;
  const gate = new KeyGate({ keys: () => access().keys, now, log });
  const sessions = new Sessions(now);
  const app = new Koa();
  // Left for here are failures to write an answer.
  app.on('error', (error: NodeJS.ErrnoException) => {
    const { code = '' } = error;
    if (GONE_CODES.has(code)) log.debug({ code }, 'a client went away before its answer was out');
    else log.warn({ err: error }, 'an answer could not be sent');
  });
  app.use(setSecurityHeaders);
  app.use(answerErrors(log));
  app.use(refuseAmbiguousRequests);
  app.use(stripBasePath(() => access().basePath));
  app.use(refuseForeignChanges(() => access().allowedHosts));
  const files = new FileCache();
  app.use(serveDashboard(options.webFolder, files));
  app.use(serveApiDocs(options.webFolder, files));
  app.use(
    requireKey({
      access,
      gate,
      sessions,
      openPaths: openPaths(),
      publicPaths: publicPaths(),
      untrustedProxies: new UntrustedProxies(log, now),
      tell: options.tell,
    }),
  );
  for (const middleware of answerRoutes(routes, { ...options, gate, sessions })) app.use(middleware);
  return app;
}

function openPaths(): ReadonlySet<string> {
  return new Set(routes.filter((route) => route.open === true).map((route) => route.path));
}

function publicPaths(): ReadonlyMap<string, PublicRead> {
  return new Map(routes.flatMap(({ path, read }) => (read === undefined ? [] : [[path, read] as const])));
}

const setSecurityHeaders: Middleware = async (ctx: Context, next: Next) => {
  ctx.set({ ...SECURITY_HEADERS });
  await next();
};
