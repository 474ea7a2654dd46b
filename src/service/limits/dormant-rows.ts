import { grown } from '../../control/grown.ts';
import type { Matcher } from '../../control/matching.ts';
import type { ControlSettings } from '../../control/types.ts';
import { UNLIMITED } from '../../control/units.ts';
import type { TorrentRows } from '../../qbittorrent/torrent-rows.ts';

/** Not known to be dormant. */
const UNKNOWN = -1;

/**
 * Which rows were found dormant, and under which tracker, so that the same need not be found in every cycle: nearly all
 * of 30,000 torrents idle, and nothing is told of them for hours.
 *
 * Invariant: what is remembered of a row holds as long as nothing is told of it, it isn't held, and patterns, caps and
 * idle guard are the same. Time alone wakes no torrent: it only makes its last activity longer ago.
 */
export class DormantRows {
  #trackerIndex = new Int16Array(0);
  /** By row: `rows.changes` as it was found dormant. */
  #foundAt = new Uint32Array(0);
  #rows: TorrentRows | null = null;
  #basis = '';
  #matcher: Matcher | null = null;

  /** What was remembered is kept when all that it depends on, apart from the rows themselves, is the same. */
  prepare(rows: TorrentRows, matcher: Matcher, { trackers, idleGuard }: ControlSettings): void {
    const basis = [idleGuard, ...trackers.map(({ id, capBps }) => `${id} ${capBps === UNLIMITED}`)].join(
      '\n',
    );
    const isSame = rows === this.#rows && matcher === this.#matcher && basis === this.#basis;
    this.#rows = rows;
    this.#matcher = matcher;
    this.#basis = basis;
    if (!isSame) this.#trackerIndex.fill(UNKNOWN);
    this.#reserve(rows.columns.rowsEnd);
  }

  /** The place of its tracker among those configured, or null when it is not known to be dormant. */
  trackerOf(row: number): number | null {
    const index = this.#trackerIndex[row] ?? UNKNOWN;
    if (index === UNKNOWN || this.#rows?.isUnchangedSince(row, this.#foundAt[row] ?? 0) !== true) return null;
    return index;
  }

  found(row: number, trackerIndex: number): void {
    this.#trackerIndex[row] = trackerIndex;
    this.#foundAt[row] = this.#rows?.changes ?? 0;
  }

  forget(row: number): void {
    this.#trackerIndex[row] = UNKNOWN;
  }

  #reserve(rows: number): void {
    if (rows <= this.#trackerIndex.length) return;
    const capacity = Math.max(rows, this.#trackerIndex.length * 2);
    this.#trackerIndex = grown(new Int16Array(capacity).fill(UNKNOWN), this.#trackerIndex);
    this.#foundAt = grown(new Uint32Array(capacity), this.#foundAt);
  }
}
