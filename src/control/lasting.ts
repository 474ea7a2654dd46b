/** How one look judges what is watched. 'partly' counts half as much as 'yes'. */
export type Sign = 'yes' | 'partly' | 'no';

const MINUTE_MS = 60_000;
/** One look counts no more than this, however long the pause before it was. */
const MOST_AT_ONCE_MS = 20_000;

/**
 * Has something been so for a minute? The time for which it was so counts up, the time for which it was not counts down.
 * It lasts from a full minute on, and until the count is back at zero: neither one good look nor one bad one decides.
 */
export class Lasting {
  #countedMs = 0;
  #lookedAt: number | null = null;
  #since: number | null = null;
  #lasts = false;

  /**
   * @param sign of the time since the look before
   * @param at monotonic ms
   * @param now Unix ms
   */
  note(sign: Sign, at: number, now: number): void {
    const elapsedMs = this.#lookedAt === null ? 0 : Math.min(MOST_AT_ONCE_MS, at - this.#lookedAt);
    this.#lookedAt = at;
    const isHalf = sign === 'partly' && !this.#lasts;
    const countedMs = this.#countedMs + elapsedMs * (sign === 'yes' ? 1 : isHalf ? 0.5 : -1);
    // What lasts does not end while anything speaks for it.
    const leastMs = this.#lasts && sign === 'partly' ? 1 : 0;
    this.#countedMs = Math.max(leastMs, Math.min(MINUTE_MS, countedMs));
    if (this.#countedMs === MINUTE_MS) this.#lasts = true;
    if (this.#countedMs > 0) {
      this.#since ??= now;
      return;
    }
    this.#lasts = false;
    this.#since = null;
  }

  /** Since when, Unix ms; null while it does not last. */
  get since(): number | null {
    return this.#lasts ? this.#since : null;
  }
}
