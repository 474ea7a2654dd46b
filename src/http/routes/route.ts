import type { Readable } from 'node:stream';
import type { Operations } from '../../service/operations.ts';
import type { RequestBody } from '../body.ts';
import type { EventStreams } from '../event-streams.ts';

/** What a route is given of a request; routes know nothing of Koa. */
export interface RouteRequest {
  readonly query: URLSearchParams;
  /** Empty for GET. */
  readonly body: RequestBody;
  readonly remoteAddress: string;
}

/** What routes reach the service with. */
export interface RouteServices {
  readonly operations: Operations;
  readonly streams: EventStreams;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export type RouteAnswer =
  | {
      readonly status: number;
      /** Sent as JSON. */
      readonly body: object;
    }
  | {
      readonly status: 200;
      /** Server-sent events, for as long as the client listens. */
      readonly stream: Readable;
    };

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** One line for the list at GET /. */
  readonly summary: string;
  /** Answers without a key too, from anywhere. Only for what tells nothing. */
  readonly open?: boolean;
  handle(request: RouteRequest, services: RouteServices): RouteAnswer | Promise<RouteAnswer>;
}

export function ok(body: object): RouteAnswer {
  return { status: 200, body };
}
