/**
 * What waits to be delivered to one place: in order, one at a time, each tried again with growing pauses.
 *
 * Modes: idle -> (an item comes) sending -> idle ... -> stopped, for good.
 * Invariant: `push` returns at once and never throws; after `stop` nothing is sent, and nothing keeps the process.
 */
import type { Attempt } from './attempt.ts';

export interface OutboxParts<T> {
  readonly deliver: (item: T, signal: AbortSignal) => Promise<Attempt>;
  readonly onSent: (item: T) => void;
  /** An attempt failed, and another follows after so long. */
  readonly onRetry?: (item: T, problem: string, pauseMs: number) => void;
  /** Given up: it was refused, or tried often enough. */
  readonly onFailed: (item: T, problem: string) => void;
  /** Given up untried, since too many wait. */
  readonly onDropped: (item: T, problem: string) => void;
  /** Pauses before the second attempt, the third, and so on; after the last of them it is given up. Ms. */
  readonly retryAfterMs: readonly number[];
  /** A place that is away for long must not grow memory; the oldest go first. */
  readonly mostWaiting: number;
  /** Rejects when aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What the other side may ask for at most: it must not stop the rest for a day. */
const LONGEST_ASKED_PAUSE_MS = 300_000;

export class Outbox<T> {
  readonly #parts: OutboxParts<T>;
  readonly #waiting: T[] = [];
  readonly #stopping = new AbortController();
  #isSending = false;

  constructor(parts: OutboxParts<T>) {
    this.#parts = parts;
  }

  push(item: T): void {
    if (this.#stopping.signal.aborted) return;
    const { mostWaiting, onDropped } = this.#parts;
    this.#waiting.push(item);
    const left = this.#waiting.length > mostWaiting ? this.#waiting.shift() : undefined;
    if (left !== undefined) onDropped(left, `more than ${mostWaiting} wait`);
    void this.#send();
  }

  /** Breaks off what is under way, and gives up what waits. */
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

  async #deliver(item: T): Promise<void> {
    const { deliver, onSent, onRetry, onFailed, retryAfterMs, sleep } = this.#parts;
    const { signal } = this.#stopping;
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await deliver(item, signal);
      if (outcome.ok) {
        onSent(item);
        return;
      }
      const { problem, retry } = outcome;
      const usualMs = retryAfterMs[attempt];
      if (retry === null || usualMs === undefined) {
        onFailed(item, attempt === 0 ? problem : `${problem}, ${attempt + 1} times`);
        return;
      }
      const pauseMs = Math.max(usualMs, Math.min(LONGEST_ASKED_PAUSE_MS, retry.afterMs ?? 0));
      onRetry?.(item, problem, pauseMs);
      await sleep(pauseMs, signal);
    }
  }
}
