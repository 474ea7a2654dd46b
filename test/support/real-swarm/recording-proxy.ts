/**
 * Stands between the service and the seeder's WebUI and notes every request that could change something there:
 * what "writes nothing" and "writes little" are measured by, whatever the service believes.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LocalProxy } from '../local-proxy.ts';

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

export class RecordingProxy extends LocalProxy {
  readonly writes: WriteRequest[] = [];
  readonly limitWrites: LimitWrite[] = [];
  /** When each request came, reads and log-ins included, on the clock of `performance.now()`. */
  readonly callsAtMs: number[] = [];
  /** Neither side sees the other's cookies. */
  stripsCookies = false;

  /** The requests since the moment that could have changed something. */
  writesSince(atMs: number): WriteRequest[] {
    return this.writes.filter((write) => write.atMs >= atMs);
  }

  protected override pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const method = (incoming.url ?? '').replace(/^\/api\/v2\//, '').replace(/\?.*$/, '');
    this.callsAtMs.push(performance.now());
    if (method === 'torrents/setUploadLimit') this.#noteLimits(incoming);
    if (incoming.method !== 'GET' && !HARMLESS.has(method)) {
      this.writes.push({ atMs: performance.now(), method });
    }
    if (this.stripsCookies) delete incoming.headers.cookie;
    const onward = this.onward(incoming, outgoing);
    onward.on('response', (response) => {
      if (this.stripsCookies) delete response.headers['set-cookie'];
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
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
