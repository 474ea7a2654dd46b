/**
 * A BitTorrent tracker over HTTP on the loopback, serving several trackers by the first segment of the path:
 * `/alpha/announce?passkey=...` and `/alpha/<passkey>/announce`. A swarm is keyed by tracker and info-hash;
 * an announcer gets everyone else in it, as compact IPv4 peers (BEP 23).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Bencodable, bencode } from './bencode.ts';

interface Peer {
  readonly port: number;
  readonly isSeed: boolean;
}

const LOOPBACK = Buffer.from([127, 0, 0, 1]);
const INTERVAL_SECONDS = 30;

export class HttpTracker {
  readonly #port: number;
  readonly #trackers: ReadonlySet<string>;
  readonly #swarms = new Map<string, Map<number, Peer>>();
  readonly #server: Server;

  constructor(port: number, trackers: readonly string[]) {
    this.#port = port;
    this.#trackers = new Set(trackers);
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', () => resolve());
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** @param form where the passkey stands: in the query, or as a segment of the path */
  announceUrl(tracker: string, passkey: string, form: 'query' | 'path'): string {
    const base = `http://127.0.0.1:${this.#port}/${tracker}`;
    return form === 'query' ? `${base}/announce?passkey=${passkey}` : `${base}/${passkey}/announce`;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const segments = path.split('/').filter((segment) => segment !== '');
    const tracker = segments[0] ?? '';
    if (!this.#trackers.has(tracker) || segments.at(-1) !== 'announce') {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/plain', connection: 'close' });
    response.end(bencode(this.#announce(tracker, parseQuery(query))));
  }

  #announce(tracker: string, query: ReadonlyMap<string, Buffer>): Bencodable {
    const infoHash = query.get('info_hash');
    const port = Number(query.get('port'));
    if (infoHash?.length !== 20 || !Number.isInteger(port)) return { 'failure reason': 'malformed announce' };

    const key = `${tracker}/${infoHash.toString('hex')}`;
    const swarm = this.#swarms.get(key) ?? new Map<number, Peer>();
    this.#swarms.set(key, swarm);
    if (query.get('event')?.toString() === 'stopped') swarm.delete(port);
    else swarm.set(port, { port, isSeed: query.get('left')?.toString() === '0' });

    const seeds = [...swarm.values()].filter((peer) => peer.isSeed).length;
    const others = [...swarm.values()].filter((peer) => peer.port !== port);
    return {
      interval: INTERVAL_SECONDS,
      'min interval': 1,
      complete: seeds,
      incomplete: swarm.size - seeds,
      peers: Buffer.concat(others.map(compactPeer)),
    };
  }
}

function compactPeer(peer: Peer): Buffer {
  const port = Buffer.alloc(2);
  port.writeUInt16BE(peer.port);
  return Buffer.concat([LOOPBACK, port]);
}

/** The info-hash is raw bytes under percent-encoding, not UTF-8: URLSearchParams would spoil it. */
function parseQuery(query: string): Map<string, Buffer> {
  const fields = query.split('&').map((field): [string, Buffer] => {
    const [name = '', value = ''] = field.split('=');
    const bytes = value.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    return [name, Buffer.from(bytes, 'latin1')];
  });
  return new Map(fields);
}
