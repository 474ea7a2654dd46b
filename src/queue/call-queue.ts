/**
 * The one way to qBittorrent: a call at a time, the most urgent first, never more than so many a second.
 *
 * Modes: open -> (the second is full) paused, a timer set -> open -> ... -> stopped, for good.
 * Invariant: every promise that `run` gave out settles: with its task's outcome, or rejected without the task
 * ever having run.
 *
 * p-queue does the order and the one-at-a-time. Its own rate limit is not used: it can't be changed while it
 * runs, and it reads the wall clock, so that a clock set back by an hour would stop all calls for an hour.
 * Nor is its `clear()`, which leaves promises unsettled, nor its handling of aborts, which costs every call two
 * listeners and, while a task runs, would start the next one beside it: a call that was rejected while it waited
 * stays in p-queue and does nothing when its turn comes.
 */
import PQueue from 'p-queue';
import { QueueFull, QueueStopped } from './errors.ts';
import { RateWindow } from './rate-window.ts';
import { WaitingCalls } from './waiting-calls.ts';

/** What restores original limits goes first, then what we must know, then what protects a cap. */
export const PRIORITY = { rollback: 30, read: 20, cut: 10, raise: 0 } as const;

export type Priority = keyof typeof PRIORITY;

export interface CallQueueOptions {
  /** Whole number, 1 or more: the most that start within any second, of all priorities together. */
  readonly callsPerSecond: number;
  /** So many may wait; a rollback's always may. */
  readonly maxWaiting: number;
}

export interface QueueTimers {
  /** Ms that never jump. */
  now(): number;
  /** Calls back once after `ms`; returns what cancels it. */
  after(ms: number, callback: () => void): () => void;
}

const systemTimers: QueueTimers = {
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

const NEVER_ABORTED = new AbortController().signal;

export class CallQueue {
  readonly #queue = new PQueue({ concurrency: 1 });
  readonly #rate: RateWindow;
  readonly #timers: QueueTimers;
  readonly #maxWaiting: number;
  readonly #waiting = new WaitingCalls();
  #cancelTimer: (() => void) | null = null;
  #stopped = false;

  /** @throws RangeError when a number is out of range */
  constructor(options: CallQueueOptions, timers: QueueTimers = systemTimers) {
    if (!Number.isInteger(options.maxWaiting) || options.maxWaiting < 0) {
      throw new RangeError(`expected maxWaiting to be a whole number, 0 or more, got ${options.maxWaiting}`);
    }
    this.#rate = new RateWindow(options.callsPerSecond);
    this.#maxWaiting = options.maxWaiting;
    this.#timers = timers;
  }

  /** Calls that have not begun. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Runs `task` when its turn comes. Aborted while it waits, it never runs; aborted while it runs, its signal
   * says so and it is waited for, so that calls never overlap.
   * @throws QueueFull, QueueStopped, the signal's reason (an AbortError by default), or what the task throws
   */
  async run<T>(
    priority: Priority,
    task: (signal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    signal?.throwIfAborted();
    if (this.#stopped) throw new QueueStopped();
    if (priority !== 'rollback' && this.waiting >= this.#maxWaiting) throw new QueueFull(this.waiting);

    return await new Promise<T>((resolve, reject) => {
      const call = this.#waiting.add(reject, signal);
      const turn = async (): Promise<void> => {
        if (!this.#waiting.take(call)) return;
        this.#rate.note(this.#timers.now());
        this.#holdOrGo();
        try {
          resolve(await task(signal ?? NEVER_ABORTED));
        } catch (error) {
          reject(error);
        }
      };
      void this.#queue.add(turn, { priority: PRIORITY[priority] });
    });
  }

  /** Resolves when nothing runs and nothing waits. */
  async idle(): Promise<void> {
    await this.#queue.onIdle();
  }

  /**
   * Takes effect at once, for those that wait too; calls of the last second count against it.
   * @throws RangeError unless it is a whole number, 1 or more
   */
  setRate(callsPerSecond: number): void {
    this.#rate.limit = callsPerSecond;
    this.#holdOrGo();
  }

  /** Rejects all that wait with QueueStopped and resolves when the one that runs has ended. Further calls are refused. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.rejectAll(new QueueStopped());
    // What was rejected leaves p-queue.
    this.#queue.start();
    await this.#queue.onPendingZero();
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  /** While a call runs none other starts, so it is enough to look after each start and when time has passed. */
  #holdOrGo(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#stopped) return;
    const waitMs = this.#rate.waitMs(this.#timers.now());
    if (waitMs <= 0) {
      this.#queue.start();
      return;
    }
    this.#queue.pause();
    // Timers may fire a little early: rounded up, and looked at again then.
    this.#cancelTimer = this.#timers.after(Math.ceil(waitMs), () => this.#holdOrGo());
  }
}
