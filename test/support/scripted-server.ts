import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** The body as a form. */
  readonly form: URLSearchParams;
  /** 1 for the first request on its connection. */
  readonly nthOnConnection: number;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  /** Closes the connection: before any answer, or after this many bytes of the body. */
  readonly breakAfterBytes?: 'before-answer' | number;
  /** Never ends: no answer at all, or head and body without an end. */
  readonly hang?: 'before-answer' | 'in-body';
}

export type Script = (request: SeenRequest) => Reply | Promise<Reply>;

/** A server on 127.0.0.1 that answers as told, badly too, and remembers what it was asked. */
export class ScriptedServer {
  readonly seen: SeenRequest[] = [];
  script: Script;
  readonly #server: http.Server;
  readonly #counts = new WeakMap<Socket, number>();

  constructor(script: Script) {
    this.script = script;
    this.#server = http.createServer((request, response) => void this.#serve(request, response));
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  /** `METHOD /path` of all that came, in order. */
  get log(): string[] {
    return this.seen.map((request) => `${request.method} ${request.path}`);
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url ?? '/', 'http://server');
    const nthOnConnection = (this.#counts.get(request.socket) ?? 0) + 1;
    this.#counts.set(request.socket, nthOnConnection);
    const body = Buffer.concat(chunks).toString();
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
      form: new URLSearchParams(body),
      nthOnConnection,
    };
    this.seen.push(seen);
    this.#reply(await this.script(seen), request.socket, response);
  }

  #reply(reply: Reply, socket: Socket, response: http.ServerResponse): void {
    const body = Buffer.from(reply.body ?? '');
    if (reply.hang === 'before-answer') return;
    if (reply.breakAfterBytes === 'before-answer') {
      socket.resetAndDestroy();
      return;
    }
    response.statusCode = reply.status ?? 200;
    for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
    if (reply.hang === 'in-body') {
      response.write(body);
      return;
    }
    if (reply.breakAfterBytes !== undefined) {
      response.setHeader('content-length', body.length);
      response.write(body.subarray(0, reply.breakAfterBytes), () => socket.destroy());
      return;
    }
    response.end(body);
  }
}

/** Starts a server, runs `use`, stops it whatever happened. */
export async function withServer(
  script: Script,
  use: (server: ScriptedServer) => Promise<void>,
): Promise<void> {
  const server = await new ScriptedServer(script).start();
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

/** What `work` rejects with; an error when it doesn't. */
export async function rejection(work: Promise<unknown>): Promise<Error> {
  let outcome: unknown;
  try {
    outcome = await work;
  } catch (error) {
    if (error instanceof Error) return error;
    throw new TypeError(`expected a rejection with an Error, got one with ${String(error)}`);
  }
  throw new TypeError(`expected a rejection, got ${JSON.stringify(outcome)}`);
}
