import type { HttpLog } from './log.ts';

const HOUR_MS = 3_600_000;

/**
 * Tells, at most once an hour, of X-Forwarded-For from an address that is no trusted proxy: of a proxy that the config
 * forgets, so that wrong keys pause all its clients; or of a client that makes it up, which anyone can, so often as they
 * like.
 */
export class UntrustedProxies {
  readonly #log: HttpLog;
  readonly #now: () => number;
  #quietUntil = Number.NEGATIVE_INFINITY;

  /** @param now monotonic milliseconds */
  constructor(log: HttpLog, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  note(address: string): void {
    if (this.#now() < this.#quietUntil) return;
    this.#quietUntil = this.#now() + HOUR_MS;
    this.#log.warn(
      { address },
      'X-Forwarded-For came from an address that is not in auth.trusted_proxies, and counts for nothing: if it is your ' +
        'proxy, add it there, so that its clients are told apart',
    );
  }
}
