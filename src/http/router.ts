import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { BodyRoom, type RequestBody, readBody } from './body.ts';
import { HttpProblem } from './errors.ts';
import type { RequestOrigin } from './request-origin.ts';
import type { Route, RouteServices } from './routes/route.ts';

const NO_BODY: RequestBody = { format: 'empty', fields: {}, repeated: [] };

/** Of all bodies on their way at once that only an admin may send. */
const MAX_BODIES_BYTES = 8 * 1024 * 1024;
/**
 * Of those of one route that others may send to, which has a room of its own: they can't take an admin's. Above what
 * all connections can fill by /login, and far above any burst of webhooks.
 */
const MAX_BODIES_OF_ROUTE_BYTES = 4 * 1024 * 1024;

export interface RouterOptions extends RouteServices {
  /** Of one body, bytes. */
  readonly bodyLimitBytes: number;
}

/** The middlewares that answer the table's routes, OPTIONS on their paths, and 405 or 404 otherwise. */
export function answerRoutes(routes: readonly Route[], options: RouterOptions): readonly Middleware[] {
  const router = new Router();
  const adminsRoom = new BodyRoom(MAX_BODIES_BYTES);
  for (const route of routes) {
    const room = route.maxBodyBytes === undefined ? adminsRoom : new BodyRoom(MAX_BODIES_OF_ROUTE_BYTES);
    router.register(route.path, [route.method], (ctx: Context) => answerRoute(route, ctx, options, room));
  }
  return [router.routes() as Middleware, (ctx) => answerUnrouted(ctx, methodsAt(router, ctx.path))];
}

async function answerRoute(
  route: Route,
  ctx: Context,
  options: RouterOptions,
  room: BodyRoom,
): Promise<void> {
  const limitBytes = Math.min(route.maxBodyBytes ?? Number.POSITIVE_INFINITY, options.bodyLimitBytes);
  const body = route.method === 'POST' ? await readBody(ctx.req, limitBytes, room) : NO_BODY;
  const answer = await route.handle(
    {
      query: new URLSearchParams(ctx.querystring),
      body,
      origin: ctx.state.origin as RequestOrigin,
    },
    options,
  );
  ctx.status = answer.status;
  if ('text' in answer) {
    ctx.type = answer.type;
    ctx.body = answer.text;
    return;
  }
  if ('stream' in answer) {
    ctx.type = 'text/event-stream';
    // A proxy that gathers an answer before it passes it on would gather for ever.
    ctx.set('X-Accel-Buffering', 'no');
    ctx.body = answer.stream;
    return;
  }
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    ctx.set(name, typeof value === 'string' ? value : [...value]);
  }
  ctx.type = 'application/json';
  // Here and not in Koa's own response step: what can't be written as JSON is then answered as an error.
  ctx.body = JSON.stringify(answer.body);
}

function methodsAt(router: Router, path: string): readonly string[] {
  const methods = router.match(path, 'OPTIONS').path.flatMap((layer) => layer.methods);
  return methods.length === 0 ? [] : [...new Set([...methods, 'OPTIONS'])].sort();
}

function answerUnrouted(ctx: Context, methods: readonly string[]): void {
  if (methods.length === 0) {
    throw new HttpProblem(404, 'not_found', 'There is nothing at this path: GET / lists what there is.');
  }
  const allow = methods.join(', ');
  if (ctx.method === 'OPTIONS') {
    ctx.status = 204;
    ctx.set('Allow', allow);
    return;
  }
  throw new HttpProblem(405, 'method_not_allowed', `This path answers ${allow} only.`, {
    details: { allowed_methods: methods },
    headers: { Allow: allow },
  });
}
