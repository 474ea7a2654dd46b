import { setTimeout } from 'node:timers/promises';

/** Time, injected: tests turn it by hand. */
export interface Clock {
  /** Unix ms; may jump when the machine's clock is set. */
  now(): number;
  /** Ms from an arbitrary start; never jumps. Durations and rates use this one. */
  monotonic(): number;
  /** Rejects when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await setTimeout(ms, undefined, signal === undefined ? {} : { signal });
  },
};
