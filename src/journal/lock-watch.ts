/** More than this between two looks counts as this: what stopped us may have stopped the owner, too. */
const LONGEST_GAP_MS = 5_000;

/**
 * For how long a lock has been seen to stand still. Only what changes between two looks counts, and only our monotonic
 * clock: times in a file are those of another machine's clock, and may lie in the past or in the future.
 */
export class LockWatch {
  #seen: string | null = null;
  #lookedAtMs = 0;
  #stillMs = 0;
  #moves = 0;

  get stillMs(): number {
    return this.#stillMs;
  }

  /** How often it was seen to change. */
  get moves(): number {
    return this.#moves;
  }

  /** @param state all of the lock that its owner changes */
  look(state: string, monotonicMs: number): void {
    if (state === this.#seen) {
      this.#stillMs += Math.min(monotonicMs - this.#lookedAtMs, LONGEST_GAP_MS);
    } else {
      if (this.#seen !== null) this.#moves += 1;
      this.#seen = state;
      this.#stillMs = 0;
    }
    this.#lookedAtMs = monotonicMs;
  }
}
