import type { Bus } from '../bus.ts';
import { Outbox } from '../delivery/outbox.ts';
import type { Clock } from '../service/clock.ts';
import { type CrossSeedSettings, forward } from './forward.ts';

const MINUTE_MS = 60_000;
/** About eight hours in all: a night in which cross-seed is away. */
const RETRY_AFTER_MS = [2_000, 10_000, MINUTE_MS, 5 * MINUTE_MS, ...Array<number>(31).fill(15 * MINUTE_MS)];
/** Info-hashes: 40 bytes each. */
const MOST_WAITING = 1_000;
const INFO_HASH = /^[0-9a-f]{40}$/;

export interface ForwarderParts {
  readonly bus: Bus;
  readonly clock: Clock;
  /** In force now. */
  readonly settings: () => CrossSeedSettings;
}

/**
 * Tells cross-seed of the torrents that webhooks report complete. Beside everything: whatever becomes of it, neither
 * the webhook's sender nor a cycle waits. What isn't forwarded when the service stops is forgotten.
 */
export class CrossSeedForwarder {
  readonly #parts: ForwarderParts;
  /** Waiting or under way: a torrent reported twice meanwhile is searched for once. */
  readonly #pending = new Set<string>();
  #unsubscribe: (() => void) | null = null;
  #outbox: Outbox<string> | null = null;

  constructor(parts: ForwarderParts) {
    this.#parts = parts;
  }

  start(): void {
    const { bus, settings } = this.#parts;
    this.#outbox = this.#makeOutbox();
    this.#unsubscribe = bus.on('webhook:received', ({ event, hash }) => {
      if (event !== 'complete' || hash === null || !settings().enabled) return;
      this.#push(hash.toLowerCase());
    });
  }

  /** @returns how many are given up by it */
  stop(): number {
    this.#unsubscribe?.();
    this.#outbox?.stop();
    const left = this.#pending.size;
    this.#pending.clear();
    return left;
  }

  #push(infoHash: string): void {
    // cross-seed takes no other; the webhook's sender is not to be trusted with what it gets.
    if (!INFO_HASH.test(infoHash) || this.#pending.has(infoHash)) return;
    this.#pending.add(infoHash);
    this.#outbox?.push(infoHash);
  }

  #makeOutbox(): Outbox<string> {
    const { bus, clock, settings } = this.#parts;
    return new Outbox<string>({
      deliver: (infoHash, signal) => forward(settings(), infoHash, signal),
      onSent: (infoHash) => {
        this.#pending.delete(infoHash);
        bus.emit('cross-seed:forwarded', { infoHash, at: clock.now() });
      },
      onRetry: (infoHash, problem, pauseMs) =>
        bus.emit('cross-seed:waiting', {
          infoHash,
          problem,
          pauseMs,
          waiting: this.#pending.size,
          at: clock.now(),
        }),
      onFailed: (infoHash, problem) => this.#giveUp(infoHash, problem, 'failed'),
      onDropped: (infoHash, problem) => this.#giveUp(infoHash, problem, 'dropped'),
      retryAfterMs: RETRY_AFTER_MS,
      mostWaiting: MOST_WAITING,
      sleep: (ms, signal) => clock.sleep(ms, signal),
    });
  }

  #giveUp(infoHash: string, problem: string, outcome: 'failed' | 'dropped'): void {
    const { bus, clock } = this.#parts;
    this.#pending.delete(infoHash);
    bus.emit('cross-seed:given-up', { infoHash, problem, outcome, at: clock.now() });
  }
}
