/**
 * How many standby limits may be written now. qBittorrent saves the resume data of each torrent whose limit changes,
 * and the journal has a line of it: those of a large client at its first start are spread over minutes.
 */

export const STANDBY_WRITES_PER_MINUTE = 6_000;
/** So many at once, when none were written for a while: in no minute more than both together. */
const SAVED_UP = 3_000;
const MINUTE_MS = 60_000;
/** Kept for torrents that have just been added. */
const RESERVE = 300;
/** Those that can wait are written so many at a time, as a call has room for all of a tracker. */
const AT_A_TIME = 500;

export class StandbyPace {
  #saved = SAVED_UP;
  #at: number | null = null;

  /** Of those that can't wait. @param now ms, never falling */
  most(now: number): number {
    const passedMs = Math.max(0, now - (this.#at ?? now));
    return Math.floor(Math.min(SAVED_UP, this.#saved + (passedMs * STANDBY_WRITES_PER_MINUTE) / MINUTE_MS));
  }

  /** Of `waiting` that can wait. */
  mostOf(waiting: number, now: number): number {
    const most = Math.max(0, this.most(now) - RESERVE);
    return most >= Math.min(waiting, AT_A_TIME) ? most : 0;
  }

  spend(count: number, now: number): void {
    this.#saved = this.most(now) - count;
    this.#at = now;
  }
}
