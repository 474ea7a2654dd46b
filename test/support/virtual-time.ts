/**
 * Time that passes as fast as the work in it is done: timers, `Date.now` and `performance.now` are its own, files
 * and sockets are real and are waited for between any two timers. One at a time in a process.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src/service/clock.ts';
import { type InstalledTimers, installFakeTimers } from './fake-timers.ts';

/** Turns of the event loop without anything under way, before it counts as quiet. */
const QUIET_TURNS = 3;
const STUCK_AFTER_MS = 20_000;
/** Work of the system that ends by itself; open sockets and servers do not. */
const UNDER_WAY = /^(FSReq|WriteWrap|ShutdownWrap|TCPConnectWrap|GetAddrInfo)/;

export class VirtualTime {
  readonly #startedAt: number;
  readonly #timers: InstalledTimers;
  readonly #real = { dateNow: Date.now, performanceNow: performance.now.bind(performance) };
  #calls = 0;

  constructor() {
    this.#startedAt = Date.now();
    this.#timers = installFakeTimers();
    Date.now = () => this.#startedAt + this.#timers.now();
    performance.now = () => this.#timers.now();
  }

  /** Everything as it was. */
  restore(): void {
    this.#timers.restore();
    Date.now = this.#real.dateNow;
    performance.now = this.#real.performanceNow;
  }

  /** Ms since the start. */
  get elapsedMs(): number {
    return this.#timers.now();
  }

  get pendingTimers(): number {
    return this.#timers.pending;
  }

  get clock(): Clock {
    return {
      now: () => Date.now(),
      monotonic: () => this.#timers.now(),
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          signal?.throwIfAborted();
          const end = (settle: () => void) => {
            clearTimeout(timer);
            signal?.removeEventListener('abort', abort);
            settle();
          };
          const timer = setTimeout(() => end(resolve), ms);
          const abort = () => end(() => reject(signal?.reason));
          signal?.addEventListener('abort', abort);
        }),
    };
  }

  /** The same object, whose calls under way keep time from passing. */
  watched<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (object, name) => {
        const value: unknown = Reflect.get(object, name, object);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          const result: unknown = value.apply(object, args);
          return result instanceof Promise ? this.#untilSettled(result) : result;
        };
      },
    });
  }

  /** Lets time pass, timer by timer. */
  async pass(ms: number): Promise<void> {
    const until = this.#timers.now() + ms;
    for (;;) {
      await this.#quiet();
      const next = this.#timers.nextDueAt;
      if (next === null || next > until) break;
      this.#timers.pass(Math.max(0, next - this.#timers.now()));
    }
    this.#timers.pass(until - this.#timers.now());
  }

  /** Time passes while something is under way, which so takes long. */
  skip(ms: number): void {
    this.#timers.pass(ms);
  }

  async #untilSettled<T>(promise: Promise<T>): Promise<T> {
    this.#calls += 1;
    try {
      return await promise;
    } finally {
      this.#calls -= 1;
    }
  }

  async #quiet(): Promise<void> {
    const giveUpAt = this.#real.performanceNow() + STUCK_AFTER_MS;
    for (let quietTurns = 0; quietTurns < QUIET_TURNS; ) {
      await nextTurn();
      const isBusy = this.#calls > 0 || process.getActiveResourcesInfo().some((kind) => UNDER_WAY.test(kind));
      quietTurns = isBusy ? 0 : quietTurns + 1;
      if (this.#real.performanceNow() > giveUpAt) {
        throw new Error(`${this.#calls} calls have not ended within ${STUCK_AFTER_MS / 1000} s`);
      }
    }
  }
}
