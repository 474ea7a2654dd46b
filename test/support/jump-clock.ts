import { type Clock, systemClock } from '../../src/service/clock.ts';

/** Real time that a test can make jump ahead, on both clocks. */
export class JumpClock implements Clock {
  #aheadMs = 0;

  jump(ms: number): void {
    this.#aheadMs += ms;
  }

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#aheadMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }
}
