import type { Torrent, TorrentKey } from '../control/torrent.ts';
import type { QbittorrentClient } from '../qbittorrent/client.ts';
import { TorrentTable } from '../qbittorrent/torrent-table.ts';
import type { CallQueue } from '../queue/call-queue.ts';
import type { Clock } from './clock.ts';

export interface PictureParts {
  readonly instance: string;
  readonly client: () => QbittorrentClient;
  readonly queue: CallQueue;
  readonly clock: Clock;
}

/** What one qBittorrent holds, as last read. The one place that reads it: cycles and rollbacks share the deltas. */
export class Picture {
  readonly table: TorrentTable;
  readonly #parts: PictureParts;

  constructor(parts: PictureParts) {
    this.#parts = parts;
    this.table = new TorrentTable(parts.instance);
  }

  /**
   * One read; returns when it arrived, monotonic ms. A read that fails or doesn't fit changes nothing.
   * @param full ask for everything instead of what changed
   */
  async refresh(priority: 'read' | 'rollback', full: boolean, signal: AbortSignal): Promise<number> {
    const { client, queue, clock } = this.#parts;
    if (full) this.table.reset();
    const data = await queue.run(priority, (inner) => client().mainData(this.table.rid, inner), signal);
    signal.throwIfAborted();
    const arrivedAt = clock.monotonic();
    this.table.apply(data);
    return arrivedAt;
  }

  get(key: TorrentKey): Torrent | undefined {
    return this.table.get(key);
  }

  torrents(): Iterable<Torrent> {
    return this.table.values();
  }
}
