import type { Torrent, TorrentKey } from '../../control/torrent.ts';
import { limitFromWire } from '../../control/units.ts';
import type { QbittorrentClient } from '../../qbittorrent/client.ts';
import { UnexpectedAnswer } from '../../qbittorrent/errors.ts';
import { TorrentColumns } from '../../qbittorrent/torrent-columns.ts';
import { TorrentTable } from '../../qbittorrent/torrent-table.ts';
import type { CallQueue } from '../../queue/call-queue.ts';
import { inBreaths } from '../breathe.ts';
import type { Clock } from '../clock.ts';
import { FullReads } from './full-reads.ts';
import type { HeldLimits } from './held-limits.ts';

const DEFAULT_REFRESH_MS = 1_500;
const REFRESH_SLACK_MS = 200;

export interface PictureParts {
  readonly instance: string;
  readonly client: () => QbittorrentClient;
  readonly queue: CallQueue;
  readonly clock: Clock;
  /** Managed torrents: there were so many at least. None by default. */
  readonly held?: Pick<HeldLimits, 'size' | 'noteClientRestart'>;
}

/**
 * What one qBittorrent holds, as last read. The one place that reads it: cycles and rollbacks share the deltas. A restart
 * of the client so quick that no connection is lost shows in two ways: what it has sent in its session falls, or a full
 * answer comes to a request for changes.
 */
export class Picture {
  readonly table: TorrentTable;
  readonly fullReads = new FullReads();
  readonly #parts: PictureParts;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** For what a read tells of torrents: room that need not be made anew in every cycle. */
  #spare: TorrentColumns | null = null;

  constructor(parts: PictureParts) {
    this.#parts = parts;
    this.table = new TorrentTable(parts.instance);
  }

  /**
   * One read; returns when it arrived, monotonic ms. A read that fails or doesn't fit changes nothing.
   * @param full ask for everything instead of what changed
   * @throws QbittorrentError, QueueFull, QueueStopped, the signal's reason
   */
  async refresh(priority: 'read' | 'rollback', full: boolean, signal: AbortSignal): Promise<number> {
    const { client, queue, clock, held } = this.#parts;
    // Wholly within the turn in the queue: no other read may come between a question and its answer's use.
    return await queue.run(
      priority,
      async (inner) => {
        const known = Math.max(this.table.size, held?.size ?? 0);
        if (full) this.table.reset();
        const askedAt = clock.monotonic();
        const torrents =
          this.table.rid === 0 ? new TorrentColumns(this.table.rows.columns) : this.#takeSpare();
        const { rid } = this.table;
        const sentBefore = this.table.serverState.up_info_data ?? 0;
        const data = await client().mainData(rid, inner, torrents, known);
        this.fullReads.note(rid, data);
        inner.throwIfAborted();
        const arrivedAt = clock.monotonic();
        const { full: isFull, suspicious } = await inBreaths(this.table.applyInSteps(data));
        if (!isFull) this.#spare = torrents;
        if (suspicious && known > 0) {
          throw new UnexpectedAnswer(
            'sync/maindata',
            200,
            `${known} torrents, as before`,
            'none (is it starting?)',
          );
        }
        if ((this.table.serverState.up_info_data ?? 0) < sentBefore || this.fullReads.isFirst) {
          held?.noteClientRestart();
        }
        this.#askedAt = askedAt;
        return arrivedAt;
      },
      signal,
    );
  }

  /** Whoever takes it gives it back when it is used no more; an answer that was broken off may still be writing to it. */
  #takeSpare(): TorrentColumns {
    const torrents = this.#spare ?? new TorrentColumns();
    this.#spare = null;
    torrents.clear();
    return torrents;
  }

  /** How often qBittorrent brings its sync data up to date, ms. */
  get refreshIntervalMs(): number {
    return this.table.serverState.refresh_interval ?? DEFAULT_REFRESH_MS;
  }

  /** qBittorrent's own limit in force over all torrents, global or alternative, B/s. */
  get clientLimitBps(): number {
    return limitFromWire(this.table.serverState.up_rate_limit ?? 0);
  }

  /** Sync data shows a write no later than this after it, ms. */
  get showsWithinMs(): number {
    return this.refreshIntervalMs + REFRESH_SLACK_MS;
  }

  /** Writes accepted until then show in this picture for certain, monotonic ms; later ones may or may not. */
  get showsWritesUntil(): number {
    return this.#askedAt - this.showsWithinMs;
  }

  get(key: TorrentKey): Torrent | undefined {
    return this.table.get(key);
  }

  has(key: TorrentKey): boolean {
    return this.table.rowOf(key) !== undefined;
  }

  /** Every one as an object: for those who look once. */
  torrents(): Iterable<Torrent> {
    return this.table.values();
  }
}
