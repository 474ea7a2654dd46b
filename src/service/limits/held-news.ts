import type { TorrentKey } from '../../control/torrent.ts';
import type { TorrentTable } from '../../qbittorrent/torrent-table.ts';
import { type HeldLimit, isSettled } from './held-limit.ts';
import type { HeldLimits } from './held-limits.ts';

/** `seenInRun` of a limit whose torrent was in no snapshot yet. */
const NEVER_SEEN = -1;

/** Up to where snapshots have been looked at. */
interface Point {
  readonly rows: TorrentTable['rows'];
  readonly changes: number;
  readonly removals: number;
  readonly clientRun: number;
}

/**
 * The managed torrents about which a snapshot may say something new: those whose row has changed since the last
 * snapshot that was dealt with, those that are gone since, and those of whose limit it is not certain that it is in
 * force. All of them when the snapshot was a full one, or when the client may have restarted. Of 30,000 idle torrents
 * these are none in nearly every cycle.
 */
export class HeldNews {
  readonly #held: HeldLimits;
  #dealtWith: Point | null = null;
  #looked: Point | null = null;

  constructor(held: HeldLimits) {
    this.#held = held;
  }

  *of(table: Pick<TorrentTable, 'rows' | 'keyOf' | 'rowOf'>): Iterable<HeldLimit> {
    const { rows } = table;
    const held = this.#held;
    const since = this.#dealtWith;
    this.#looked = {
      rows,
      changes: rows.changes,
      removals: rows.removals,
      clientRun: held.clientRun,
    };
    const removed = this.#removedFrom(rows);
    if (since === null || removed === null || since.clientRun !== held.clientRun) {
      yield* held.values();
      return;
    }
    for (const limit of held.values()) if (!isSettled(limit)) yield limit;
    for (const key of removed) {
      const limit = held.get(key);
      // One that has come back has a changed row.
      if (limit !== undefined && isSettled(limit) && table.rowOf(key) === undefined) yield limit;
    }
    if (rows.changes === since.changes) return;
    for (let row = 0; row < rows.columns.rowsEnd; row += 1) {
      if (rows.isUnchangedSince(row, since.changes) || !rows.columns.isUsed(row)) continue;
      const limit = held.get(table.keyOf(row));
      if (limit !== undefined && isSettled(limit)) yield limit;
    }
  }

  /** Managed torrents that may not be in the snapshot: all others were in the last one, and did not go. */
  *maybeGone({ rows }: Pick<TorrentTable, 'rows'>): Iterable<HeldLimit> {
    const removed = this.#removedFrom(rows);
    const isRemoved = new Set(removed);
    for (const limit of this.#held.values()) {
      const wasThere = limit.seenInRun !== NEVER_SEEN && limit.missingFrom === null;
      if (removed === null || !wasThere || isRemoved.has(limit.key)) yield limit;
    }
  }

  /** Since what was dealt with; null when that is not known. */
  #removedFrom(rows: TorrentTable['rows']): readonly TorrentKey[] | null {
    const since = this.#dealtWith;
    return since === null || since.rows !== rows ? null : rows.removedSince(since.removals);
  }

  /** All that `of` last gave has been dealt with: until then it gives the same again. */
  dealtWith(): void {
    this.#dealtWith = this.#looked;
  }
}
