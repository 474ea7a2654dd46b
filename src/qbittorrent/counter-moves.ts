import { grown } from '../control/grown.ts';
import type { TorrentColumns } from './torrent-columns.ts';

/** Of a row that was never looked at. */
const NEVER = Number.NaN;

/**
 * Which torrents have uploaded something since they were last looked at: a comparison of two columns of numbers, as
 * nearly all of 30,000 have not.
 */
export class CounterMoves {
  /** By row: the session counter as of the last look. */
  #seen = new Float64Array(0);
  /** By row: the number of the instant at which it was seen to have moved, from 1 on; 0 for never. */
  #movedIn = new Uint32Array(0);
  #instants = 0;

  /**
   * @param isNewInstant false when the counters are those of the last look, read anew
   * @param visit a torrent that moved, or is new (`before` null)
   */
  look(
    columns: TorrentColumns,
    isNewInstant: boolean,
    visit: (row: number, before: number | null, uploadedSession: number) => void,
  ): void {
    if (isNewInstant) this.#instants += 1;
    this.#reserve(columns.rowsEnd);
    const counters = columns.column('uploaded_session');
    for (let row = 0; row < columns.rowsEnd; row += 1) {
      const before = this.#seen[row] ?? NEVER;
      const now = counters[row] ?? 0;
      if (now === before || !columns.isUsed(row)) continue;
      this.#seen[row] = now;
      if (!Number.isNaN(before)) this.#movedIn[row] = this.#instants;
      visit(row, Number.isNaN(before) ? null : before, now);
    }
  }

  /** It moved at one of the last instants. */
  hasMoved(row: number, instants: number): boolean {
    const movedIn = this.#movedIn[row] ?? 0;
    return movedIn > 0 && this.#instants - movedIn < instants;
  }

  /** The row has another torrent now. */
  forget(row: number): void {
    if (row >= this.#seen.length) return;
    this.#seen[row] = NEVER;
    this.#movedIn[row] = 0;
  }

  /** Other columns take the place of those looked at until now: what was seen of a torrent goes along. */
  replace(before: TorrentColumns, now: TorrentColumns): void {
    const seen = new Float64Array(now.rowsEnd).fill(NEVER);
    const movedIn = new Uint32Array(now.rowsEnd);
    for (let row = 0; row < now.rowsEnd; row += 1) {
      const old = before.rowFor(now, row);
      if (old === undefined) continue;
      seen[row] = this.#seen[old] ?? NEVER;
      movedIn[row] = this.#movedIn[old] ?? 0;
    }
    this.#seen = seen;
    this.#movedIn = movedIn;
  }

  #reserve(rows: number): void {
    if (rows <= this.#seen.length) return;
    const capacity = Math.max(rows, this.#seen.length * 2);
    this.#seen = grown(new Float64Array(capacity).fill(NEVER), this.#seen);
    this.#movedIn = grown(new Uint32Array(capacity), this.#movedIn);
  }
}
