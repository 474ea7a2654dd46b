import type { Clock } from '../../src/service/clock.ts';

/** Turned by hand: a sleep passes at once, and takes its time of the clock. */
export class HandClock implements Clock {
  at: number;
  readonly slept: number[] = [];

  constructor(at = 1_000_000) {
    this.at = at;
  }

  now(): number {
    return this.at;
  }

  monotonic(): number {
    return this.at;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(ms);
    this.at += ms;
  }
}
