/** A qBittorrent that has been taken over: it answers as it should, or as it is told to, and remembers what it was sent. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Pieces of one answer of sync/maindata, as many as the reader takes. */
export type Pieces = () => Iterable<string>;

const TRACKER = 'https://tracker.example/0123456789abcdef0123456789abcdef/announce';

export function hashOf(n: number): string {
  return n.toString(16).padStart(40, '0');
}

/** A whole torrent, in JSON. */
export function torrentOf(more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    name: 'plain',
    state: 'uploading',
    up_limit: 0,
    upspeed: 0,
    uploaded_session: 0,
    num_leechs: 0,
    last_activity: 1,
    added_on: 1,
    tracker: TRACKER,
    ...more,
  });
}

export class HostileClient {
  /** Of sync/maindata; null: as it should be. */
  pieces: Pieces | null = null;
  /** Before any answer of sync/maindata; true when it was all. */
  instead: ((outgoing: ServerResponse) => boolean) | null = null;
  /** Answers of sync/maindata that were begun. */
  asked = 0;
  longestCookie = 0;
  readonly #server: Server = createServer((incoming, outgoing) => void this.#answer(incoming, outgoing));

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** It keeps no process alive. */
  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#server.unref();
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    incoming.resume();
    const { pathname } = new URL(incoming.url ?? '/', 'http://client');
    this.longestCookie = Math.max(this.longestCookie, (incoming.headers.cookie ?? '').length);
    if (!pathname.endsWith('sync/maindata')) {
      outgoing.end(
        pathname.endsWith('webapiVersion') ? '2.11.4' : pathname.endsWith('version') ? 'v5.1.0' : '{}',
      );
      return;
    }
    this.asked += 1;
    if (this.instead?.(outgoing) === true) return;
    const { asked } = this;
    const usual = [`{"full_update":true,"rid":${asked},"torrents":{"${hashOf(1)}":${torrentOf()}}}`];
    for (const piece of this.pieces?.() ?? usual) {
      if (outgoing.destroyed) return;
      if (!outgoing.write(piece)) await drained(outgoing);
    }
    outgoing.end();
  }
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off('drain', done).off('close', done);
      resolve();
    };
    outgoing.on('drain', done).on('close', done);
  });
}
