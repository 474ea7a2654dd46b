/** Mean of a rate over the last 10 s, or another window, from one rate for each interval between samples. */
export class WindowMean {
  readonly #windowMs: number;
  readonly #entries: { readonly at: number; readonly lastedMs: number; readonly bps: number }[] = [];
  #lastAt: number | null = null;

  constructor(windowMs = 10_000) {
    this.#windowMs = windowMs;
  }

  /** @param bps the rate since the entry before; @param at ms, never falling */
  add(at: number, bps: number): void {
    if (this.#lastAt !== null && at > this.#lastAt) {
      this.#entries.push({ at, lastedMs: at - this.#lastAt, bps });
    }
    this.#lastAt = at;
    while (this.#entries[0] !== undefined && this.#entries[0].at <= at - this.#windowMs)
      this.#entries.shift();
  }

  /** B/s; null until the entries cover most of the window. */
  mean(): number | null {
    let lasted = 0;
    let bytes = 0;
    for (const entry of this.#entries) {
      lasted += entry.lastedMs;
      bytes += entry.bps * entry.lastedMs;
    }
    return lasted >= 0.8 * this.#windowMs ? bytes / lasted : null;
  }
}
