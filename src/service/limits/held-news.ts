import type { TorrentTable } from '../../qbittorrent/torrent-table.ts';
import { type HeldLimit, isSettled } from './held-limit.ts';
import type { HeldLimits } from './held-limits.ts';

/** Up to where snapshots have been looked at. */
interface Point {
  readonly rows: TorrentTable['rows'];
  readonly changes: number;
  readonly removals: number;
  readonly clientRun: number;
}

/**
 * The managed torrents about which a snapshot may say something new: those whose row has changed since the last
 * snapshot that was dealt with, and those of whose limit it is not certain that it is in force. All of them when the
 * snapshot was a full one, when torrents are gone, or when the client may have restarted. Of 30,000 idle torrents
 * these are none in nearly every cycle.
 */
export class HeldNews {
  readonly #held: HeldLimits;
  #dealtWith: Point | null = null;
  #looked: Point | null = null;

  constructor(held: HeldLimits) {
    this.#held = held;
  }

  *of(table: Pick<TorrentTable, 'rows' | 'keyOf'>): Iterable<HeldLimit> {
    const { rows } = table;
    const held = this.#held;
    const since = this.#dealtWith;
    this.#looked = {
      rows,
      changes: rows.changes,
      removals: rows.removals,
      clientRun: held.clientRun,
    };
    if (
      since === null ||
      since.rows !== rows ||
      since.removals !== rows.removals ||
      since.clientRun !== held.clientRun
    ) {
      yield* held.values();
      return;
    }
    for (const limit of held.values()) if (!isSettled(limit)) yield limit;
    if (rows.changes === since.changes) return;
    for (let row = 0; row < rows.columns.rowsEnd; row += 1) {
      if (rows.isUnchangedSince(row, since.changes) || !rows.columns.isUsed(row)) continue;
      const limit = held.get(table.keyOf(row));
      if (limit !== undefined && isSettled(limit)) yield limit;
    }
  }

  /** All that `of` last gave has been dealt with: until then it gives the same again. */
  dealtWith(): void {
    this.#dealtWith = this.#looked;
  }
}
