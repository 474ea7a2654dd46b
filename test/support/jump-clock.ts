import { type Clock, systemClock } from '../../src/service/clock.ts';

/** Real time that a test can make jump ahead: on both clocks, or on the wall clock alone. */
export class JumpClock implements Clock {
  #aheadMs = 0;
  #wallAheadMs = 0;

  jump(ms: number): void {
    this.#aheadMs += ms;
  }

  /** As when the clock is set, or the machine sleeps. */
  jumpWall(ms: number): void {
    this.#wallAheadMs += ms;
  }

  now(): number {
    return systemClock.now() + this.#aheadMs + this.#wallAheadMs;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#aheadMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }
}
