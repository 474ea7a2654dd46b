import type { Bus } from '../bus.ts';
import type { Clock } from './clock.ts';

/** A notice often comes before the sync data shows its torrent: look again so soon, so many times. */
const LOOK_AGAIN_MS = 400;
const LOOKS = 5;
/** Hashes waited for at once: a flood of made-up ones must not grow memory. */
const MOST_WAITING = 1_000;
/**
 * Cycles asked for by webhooks come at least so far apart; one notice alone is acted on at once. A flood that lasts
 * has them ever farther apart, as each costs the same however many notices it answers.
 */
const SPACING_MS = 200;
const MOST_SPACING_MS = 1_000;

export interface WebhookIntakeParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly requestCycle: () => void;
  readonly isKnown: (infoHash: string) => boolean;
}

/** Turns webhooks into cycles: many that come together into one, and one more while a torrent isn't there yet. */
export class WebhookIntake {
  readonly #parts: WebhookIntakeParts;
  readonly #waiting = new Map<string, number>();
  readonly #unsubscribe: (() => void)[] = [];
  #timer: NodeJS.Timeout | null = null;
  #dueAt = 0;
  #lastRequestAt = Number.NEGATIVE_INFINITY;
  #spacingMs = SPACING_MS;

  constructor(parts: WebhookIntakeParts) {
    this.#parts = parts;
  }

  start(): void {
    const { bus } = this.#parts;
    this.#unsubscribe.push(
      bus.on('webhook:received', ({ event, hash }) => {
        if (event === 'add' && hash !== null && this.#waiting.size < MOST_WAITING) {
          this.#waiting.set(hash.toLowerCase(), LOOKS);
        }
        this.#schedule(0);
      }),
      bus.on('cycle:finished', () => this.#lookAgain()),
    );
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting.clear();
  }

  /** Torrents told of and not yet seen in qBittorrent. */
  get queueSize(): number {
    return this.#waiting.size;
  }

  #lookAgain(): void {
    for (const [hash, looks] of this.#waiting) {
      if (looks <= 1 || this.#parts.isKnown(hash)) this.#waiting.delete(hash);
      else this.#waiting.set(hash, looks - 1);
    }
    if (this.#waiting.size > 0) this.#schedule(LOOK_AGAIN_MS);
  }

  #schedule(afterMs: number): void {
    const { clock, requestCycle } = this.#parts;
    const now = clock.monotonic();
    const dueAt = Math.max(now + afterMs, this.#lastRequestAt + this.#spacingMs);
    if (this.#timer !== null) {
      if (this.#dueAt <= dueAt) return;
      clearTimeout(this.#timer);
    }
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const at = clock.monotonic();
      const isFlood = at - this.#lastRequestAt < 2 * this.#spacingMs;
      this.#spacingMs = isFlood ? Math.min(2 * this.#spacingMs, MOST_SPACING_MS) : SPACING_MS;
      this.#lastRequestAt = at;
      requestCycle();
    }, dueAt - now);
  }
}
