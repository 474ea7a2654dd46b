/** Any second is this long; a call at its very end belongs to the next. */
export const WINDOW_MS = 1_000;

/**
 * Counts starts in a sliding window. Invariant: between two calls of `waitMs` that answer 0 with one `note`
 * each, no half-open second ever holds more than the limit, also across a change of it.
 */
export class RateWindow {
  #limit: number;
  /** Oldest first, all within the last second as of the last look. */
  #starts: number[] = [];

  constructor(limit: number) {
    this.#limit = checkedLimit(limit);
  }

  set limit(limit: number) {
    this.#limit = checkedLimit(limit);
  }

  note(now: number): void {
    this.#starts.push(now);
  }

  /** Ms until the next start is allowed; 0 when it is now. */
  waitMs(now: number): number {
    this.#starts = this.#starts.filter((start) => now - start < WINDOW_MS);
    const blocking = this.#starts.at(-this.#limit);
    return blocking === undefined ? 0 : blocking + WINDOW_MS - now;
  }
}

function checkedLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1) return limit;
  throw new RangeError(`expected a whole number of calls per second, 1 or more, got ${limit}`);
}
