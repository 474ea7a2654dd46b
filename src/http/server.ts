import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Operations } from '../service/operations.ts';
import type { Access } from './access.ts';
import { createApp } from './app.ts';
import { endWith } from './bare-answer.ts';
import { Connections } from './connections.ts';
import { ListenError } from './errors.ts';
import { EventStreams } from './event-streams.ts';
import type { HttpLog } from './log.ts';
import type { Observability } from './observability.ts';
import type { TlsFiles } from './tls-files.ts';

export interface HttpServerOptions extends Observability {
  readonly operations: Operations;
  /** What is in force now. */
  readonly access: () => Access;
  /** With it the server speaks https only. */
  readonly tls?: TlsFiles | null;
  readonly log: HttpLog;
  /** Where the build put the dashboard; default null: there is none. */
  readonly webFolder?: string | null;
  /** Default 64 KiB. */
  readonly bodyLimitBytes?: number;
  readonly timeouts?: Partial<HttpTimeouts>;
  /** Default 1,536; past it those of whoever has most make room for others. */
  readonly maxConnections?: number;
  /** Monotonic milliseconds. Default performance.now. */
  readonly now?: () => number;
}

/** How long a client may take, in ms. What is answered may take the service longer: a rollback of thousands does. */
export interface HttpTimeouts {
  /** For the TLS handshake. */
  readonly handshake: number;
  /** To send the request's headers. */
  readonly headers: number;
  /** To send the request whole. */
  readonly request: number;
  /** To take an answer that is ready. Streams of events have a bound of their own. */
  readonly answer: number;
  /** How often the two times for requests are looked at. */
  readonly check: number;
}

export interface HttpAddress {
  readonly host: string;
  readonly port: number;
}

export interface HttpServer {
  /** Listens; port 0 takes a free one. Resolves with the actual address, rejects with ListenError. */
  start(address: HttpAddress): Promise<HttpAddress>;
  /**
   * Stops accepting, closes idle connections, lets requests under way finish for at most `graceMs`, then cuts
   * them off. Resolves when every connection is closed; at once when it isn't running.
   */
  stop(graceMs: number): Promise<void>;
  /** Takes another certificate for the connections to come; nothing without TLS. */
  renewCertificate(tls: TlsFiles): void;
}

const TIMEOUTS: HttpTimeouts = {
  handshake: 10_000,
  headers: 10_000,
  request: 30_000,
  answer: 60_000,
  check: 5_000,
};
const MAX_HEADER_BYTES = 16 * 1024;
/**
 * Past it connections are answered 503, so it is above what a thousand torrents added at once open: each webhook is a
 * process of its own. Node raises its limit of open files to the hard one, which is 4096 or more.
 */
const MAX_CONNECTIONS = 1_536;

/**
 * The HTTP server. Modes: stopped, running, draining, and stopped again; it can be started again then.
 * Invariant: while there is no `running`, no socket is open.
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { now = () => performance.now() } = options;
  const streams = new EventStreams(options);
  let running: { readonly server: Server | TlsServer; readonly connections: Connections } | null = null;
  let stopping: Promise<void> | null = null;

  return {
    async start(address) {
      if (running !== null) throw new Error('The HTTP server is running already: stop it first.');
      const connections = new Connections({ limit: options.maxConnections ?? MAX_CONNECTIONS, now });
      const server = buildServer({ ...options, now }, streams, connections);
      connections.watch(server);
      running = { server, connections };
      try {
        const bound = await listen(server, address);
        // Such as too many open files: the next connection may well be accepted, so it must not end the process.
        server.on('error', (error) => options.log.error({ err: error }, 'the HTTP server reported an error'));
        return bound;
      } catch (error) {
        running = null;
        throw error;
      }
    },

    async stop(graceMs) {
      if (running === null) return;
      streams.closeAll();
      stopping ??= drain(running.server, running.connections, graceMs, options.log).finally(() => {
        running = null;
        stopping = null;
      });
      await stopping;
    },

    renewCertificate(tls) {
      if (running !== null && 'setSecureContext' in running.server) running.server.setSecureContext(tls);
    },
  };
}

function buildServer(
  options: HttpServerOptions & { readonly now: () => number },
  streams: EventStreams,
  connections: Connections,
): Server | TlsServer {
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const app = createApp({
    ...options,
    streams,
    webFolder: options.webFolder ?? null,
    bodyLimitBytes: options.bodyLimitBytes ?? 64 * 1024,
    tell: (request, network, scope) => connections.tell(request, network, scope),
  });
  const handle = app.callback();
  const listener: RequestListener = (request, answer) => {
    if (!connections.begin(request, answer)) return;
    hurryReader(answer, timeouts.answer);
    void handle(request, answer);
  };
  const settings: ServerOptions = {
    headersTimeout: timeouts.headers,
    requestTimeout: timeouts.request,
    connectionsCheckingInterval: timeouts.check,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const { tls } = options;
  const server =
    tls === undefined || tls === null
      ? createServer(settings, listener)
      : createTlsServer({ ...settings, ...tls, handshakeTimeout: timeouts.handshake }, listener);
  // Node would drop what comes after the first 1,000 without a word, and leave it unseen by the checks; their bytes are
  // bounded by maxHeaderSize, and their number by refuseAmbiguousRequests.
  server.maxHeadersCount = 0;
  server.on('clientError', refuseMalformed);
  return server;
}

/**
 * An answer that its client doesn't take would stay in memory, and its connection open, for as long as it likes. The
 * socket's own time-out won't do: whatever the client sends meanwhile begins it anew.
 */
function hurryReader(answer: ServerResponse, withinMs: number): void {
  answer.once('prefinish', () => {
    // Its client is gone already.
    if (answer.destroyed) return;
    const timer = setTimeout(() => answer.socket?.destroy(), withinMs);
    answer.once('close', () => clearTimeout(timer));
  });
}

function listen(server: Server, address: HttpAddress): Promise<HttpAddress> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) =>
      reject(new ListenError(address.host, address.port, error));
    server.once('error', refuse);
    server.listen({ ...address, backlog: MAX_CONNECTIONS }, () => {
      server.off('error', refuse);
      const bound = server.address() as AddressInfo;
      resolve({ host: bound.address, port: bound.port });
    });
  });
}

async function drain(server: Server, connections: Connections, graceMs: number, log: HttpLog): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  connections.drain();
  const timer = setTimeout(() => {
    log.warn({ requests: connections.underWay, graceMs }, 'requests still under way were cut off');
    connections.destroyAll();
  }, graceMs);
  await closed;
  clearTimeout(timer);
}

/** What Node's parser refuses never reaches the app: answered here, in the same form. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  // Any other code is of the connection, or of a TLS handshake that failed: nothing can be said over it.
  if (!socket.writable || !/^(HPE|ERR_HTTP)_/.test(error.code ?? '')) {
    socket.destroy();
    return;
  }
  const [status, code, message] = malformedAnswer(error.code);
  endWith(socket, status, code, message, {}, () => socket.destroy());
}

function malformedAnswer(code: string | undefined): readonly [string, string, string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return ['431 Request Header Fields Too Large', 'headers_too_large', 'The headers are too large.'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['408 Request Timeout', 'request_timeout', 'The request did not arrive whole in time.'];
    default:
      return ['400 Bad Request', 'bad_request', 'This is not a whole, well-formed HTTP request.'];
  }
}
