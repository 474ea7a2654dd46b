import type { Context, Middleware, Next } from 'koa';
import { OperationRefused } from '../service/operations.ts';
import type { HttpLog } from './log.ts';

export interface ProblemExtras {
  /** Further fields of the JSON answer. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** A request that HTTP itself refuses. `code` is stable for scripts; `message` goes to the client as it is. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, extras: ProblemExtras = {}) {
    super(message, { cause: extras.cause });
    this.status = status;
    this.code = code;
    this.details = extras.details ?? {};
    this.headers = extras.headers ?? {};
  }
}

/** The server could not start to listen. One line, with what to change. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** The system's code: EADDRINUSE, EACCES, ... */
  readonly code: string;
  readonly host: string;
  readonly port: number;

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const code = cause.code ?? 'unknown';
    super(listenMessage(code, host, port), { cause });
    this.code = code;
    this.host = host;
    this.port = port;
  }
}

function listenMessage(code: string, host: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use by another program (or a second Qguardarr): stop it, or set global.port to a free port.`;
    case 'EACCES':
      return `No permission to listen on port ${port} of ${host}: ports below 1024 usually need root. Set global.port to 1024 or above.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is not an address of this machine: set global.host to one that is, or to 0.0.0.0 for all.`;
    default:
      return `Cannot listen on ${host} port ${port} (${code}): check global.host and global.port.`;
  }
}

/**
 * Turns whatever a later middleware throws into JSON {error, message, ...details} with its status.
 * Only HttpProblem and OperationRefused were written for the client; of any other error it learns nothing.
 */
export function answerErrors(log: HttpLog): Middleware {
  return async (ctx: Context, next: Next) => {
    try {
      await next();
    } catch (error) {
      if (error instanceof HttpProblem) {
        ctx.set({ ...error.headers });
        answer(ctx, error.status, error.code, error.message, error.details);
      } else if (error instanceof OperationRefused) {
        answer(ctx, error.status, error.code, error.message, error.details);
      } else {
        // The path only: the query may carry the API key or a tracker's passkey.
        log.error({ err: error, method: ctx.method, path: ctx.path }, 'a request failed unexpectedly');
        answer(ctx, 500, 'internal', 'Something failed inside Qguardarr; its log says what.', {});
      }
    }
  };
}

function answer(
  ctx: Context,
  status: number,
  error: string,
  message: string,
  details: Readonly<Record<string, unknown>>,
): void {
  ctx.status = status;
  ctx.type = 'application/json';
  const code = { error, message };
  // Twice: first for their place in the output, then so that no detail can stand in for them.
  ctx.body = JSON.stringify({ ...code, ...details, ...code });
}
