import type { Readable } from 'node:stream';
import type { PublicRead } from '../../config/access.ts';
import type { Operations } from '../../service/operations.ts';
import type { Access } from '../access.ts';
import type { RequestBody } from '../body.ts';
import type { EventStreams } from '../event-streams.ts';
import type { KeyGate } from '../key-gate.ts';
import type { Observability } from '../observability.ts';
import type { RequestOrigin } from '../request-origin.ts';
import type { Sessions } from '../sessions.ts';

/** What a route is given of a request; routes know nothing of Koa. */
export interface RouteRequest {
  readonly query: URLSearchParams;
  /** Empty for GET. */
  readonly body: RequestBody;
  readonly origin: RequestOrigin;
}

/** What routes reach the service with. */
export interface RouteServices extends Observability {
  readonly operations: Operations;
  readonly streams: EventStreams;
  readonly access: () => Access;
  readonly gate: KeyGate;
  readonly sessions: Sessions;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export interface JsonAnswer {
  readonly status: number;
  /** Sent as JSON. */
  readonly body: object;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

export interface StreamAnswer {
  readonly status: 200;
  /** Server-sent events, for as long as the client listens. */
  readonly stream: Readable;
}

export interface TextAnswer {
  readonly status: number;
  /** The media type, with its parameters. */
  readonly type: string;
  readonly text: string;
}

export type RouteAnswer = JsonAnswer | TextAnswer | StreamAnswer;

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** One line for the list at GET /. */
  readonly summary: string;
  /** Answers without a key too, from anywhere. Only for what tells nothing. */
  readonly open?: boolean;
  /**
   * Bytes of a body, less than what the server takes. Each route has it that others than admins may send one to; its
   * bodies have a room of their own.
   */
  readonly maxBodyBytes?: number;
  /** What of `auth.public` opens it. */
  readonly read?: PublicRead;
  handle(request: RouteRequest, services: RouteServices): RouteAnswer | Promise<RouteAnswer>;
}

export function ok(body: object): JsonAnswer {
  return { status: 200, body };
}
