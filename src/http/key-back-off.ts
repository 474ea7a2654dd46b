/**
 * Slows down guessing of the API key, by address. Modes of an address: unknown (no wrong key of late), free
 * (fewer wrong keys in a row than FREE_TRIES), paused (until its pause is over no key of it is looked at, the
 * right one neither, or guessing would go on unhindered). The pause doubles with each wrong key after that.
 *
 * Invariant: at most `maxAddresses` are remembered, the one longest without a wrong key goes first.
 */
const FREE_TRIES = 5;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const FORGET_AFTER_MS = 15 * 60_000;

interface Failures {
  readonly count: number;
  readonly lastAt: number;
  readonly pausedUntil: number;
}

export class KeyBackOff {
  private readonly now: () => number;
  private readonly maxAddresses: number;
  /** In the order of the last wrong key, oldest first. */
  private readonly failures = new Map<string, Failures>();

  /** @param now monotonic milliseconds */
  constructor(now: () => number, maxAddresses = 1024) {
    this.now = now;
    this.maxAddresses = maxAddresses;
  }

  /** Addresses remembered now. */
  get size(): number {
    return this.failures.size;
  }

  /** How long this address must still wait, ms; 0 when it need not. */
  waitMs(address: string): number {
    const known = this.recall(address);
    return known === undefined ? 0 : Math.max(0, known.pausedUntil - this.now());
  }

  /** Notes a wrong key. Returns the pause that begins with it, ms; 0 when none does. */
  failed(address: string): number {
    const count = (this.recall(address)?.count ?? 0) + 1;
    const pauseMs =
      count < FREE_TRIES ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (count - FREE_TRIES));
    const lastAt = this.now();
    this.failures.delete(address);
    if (this.failures.size >= this.maxAddresses) {
      const oldest = this.failures.keys().next();
      if (!oldest.done) this.failures.delete(oldest.value);
    }
    this.failures.set(address, { count, lastAt, pausedUntil: lastAt + pauseMs });
    return pauseMs;
  }

  succeeded(address: string): void {
    this.failures.delete(address);
  }

  private recall(address: string): Failures | undefined {
    const known = this.failures.get(address);
    if (known === undefined || this.now() - known.lastAt <= FORGET_AFTER_MS) return known;
    this.failures.delete(address);
    return undefined;
  }
}
