/**
 * Stands between the service and the seeder's WebUI and notes every request that could change something there:
 * what "writes nothing" and "writes little" are measured by, whatever the service believes.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';

export interface WriteRequest {
  /** On the clock of `performance.now()`. */
  readonly atMs: number;
  /** Below /api/v2/: `torrents/setUploadLimit`. */
  readonly method: string;
}

/** What one torrents/setUploadLimit asked for. */
export interface LimitWrite {
  /** On the clock of `performance.now()`. */
  readonly atMs: number;
  readonly infoHashes: readonly string[];
  /** B/s; 0: no limit. */
  readonly limitBps: number;
}

/** These are POSTs too, but change nothing for a torrent. */
const HARMLESS: ReadonlySet<string> = new Set(['auth/login', 'auth/logout']);

export class RecordingProxy {
  readonly writes: WriteRequest[] = [];
  readonly limitWrites: LimitWrite[] = [];
  /** When each request came, reads and log-ins included, on the clock of `performance.now()`. */
  readonly callsAtMs: number[] = [];
  readonly port: number;
  readonly #targetPort: number;
  readonly #server: Server;

  constructor(port: number, targetPort: number) {
    this.port = port;
    this.#targetPort = targetPort;
    this.#server = createServer((incoming, outgoing) => this.#pass(incoming, outgoing));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.port, '127.0.0.1', () => resolve());
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** The requests since the moment that could have changed something. */
  writesSince(atMs: number): WriteRequest[] {
    return this.writes.filter((write) => write.atMs >= atMs);
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const method = (incoming.url ?? '').replace(/^\/api\/v2\//, '').replace(/\?.*$/, '');
    this.callsAtMs.push(performance.now());
    if (method === 'torrents/setUploadLimit') this.#noteLimits(incoming);
    if (incoming.method !== 'GET' && !HARMLESS.has(method)) {
      this.writes.push({ atMs: performance.now(), method });
    }
    const onward = request({
      host: '127.0.0.1',
      port: this.#targetPort,
      method: incoming.method,
      path: incoming.url,
      // qBittorrent refuses a Host with a port that isn't its own.
      headers: { ...incoming.headers, host: `127.0.0.1:${this.#targetPort}` },
    });
    onward.on('response', (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }

  #noteLimits(incoming: IncomingMessage): void {
    let body = '';
    incoming.on('data', (chunk: Buffer) => {
      body += chunk;
    });
    incoming.on('end', () => {
      const form = new URLSearchParams(body);
      this.limitWrites.push({
        atMs: performance.now(),
        infoHashes: (form.get('hashes') ?? '').split('|'),
        limitBps: Math.max(0, Number(form.get('limit'))),
      });
    });
  }
}
