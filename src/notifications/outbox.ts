/**
 * What waits to be delivered to one target: in order, one at a time, each tried again with growing pauses.
 *
 * Modes: idle -> (a notice comes) sending -> idle ... -> stopped, for good.
 * Invariant: `push` returns at once and never throws; after `stop` nothing is sent, and nothing keeps the process.
 */
import type { Clock } from '../service/clock.ts';
import type { Delivery } from './delivery.ts';
import type { Notice } from './notice.ts';

const RETRY_AFTER_MS = [2_000, 10_000, 60_000, 300_000] as const;
const LONGEST_PAUSE_MS = 300_000;
/** A target that is away for long must not grow memory; the oldest go first. */
const MOST_WAITING = 20;

export interface OutboxParts {
  readonly deliver: (notice: Notice, signal: AbortSignal) => Promise<Delivery>;
  readonly onSent: (notice: Notice) => void;
  /** Given up. */
  readonly onFailed: (notice: Notice, problem: string) => void;
  readonly clock: Pick<Clock, 'sleep'>;
}

export class Outbox {
  readonly #parts: OutboxParts;
  readonly #waiting: Notice[] = [];
  readonly #stopping = new AbortController();
  #isSending = false;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  push(notice: Notice): void {
    if (this.#stopping.signal.aborted) return;
    this.#waiting.push(notice);
    const left = this.#waiting.length > MOST_WAITING ? this.#waiting.shift() : undefined;
    if (left !== undefined) this.#parts.onFailed(left, `more than ${MOST_WAITING} messages wait`);
    void this.#send();
  }

  /** Breaks off what is under way. */
  stop(): void {
    this.#waiting.length = 0;
    this.#stopping.abort();
  }

  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        await this.#deliver(next);
      }
    } catch {
      // Only a stop breaks it off: `deliver` and `sleep` reject with nothing else.
    } finally {
      this.#isSending = false;
    }
  }

  async #deliver(notice: Notice): Promise<void> {
    const { deliver, onSent, onFailed, clock } = this.#parts;
    const { signal } = this.#stopping;
    for (let attempt = 0; ; attempt += 1) {
      const delivery = await deliver(notice, signal);
      if (delivery.ok) {
        onSent(notice);
        return;
      }
      const { problem, retry } = delivery;
      const pauseMs = RETRY_AFTER_MS[attempt];
      if (retry === null || pauseMs === undefined) {
        onFailed(notice, attempt === 0 ? problem : `${problem}, ${attempt + 1} times`);
        return;
      }
      await clock.sleep(Math.min(LONGEST_PAUSE_MS, Math.max(pauseMs, retry.afterMs ?? 0)), signal);
    }
  }
}
