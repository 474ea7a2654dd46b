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

/**
 * Unix ms that never jump: the wall clock as it stands now, and from then on the monotonic one. For plans and deadlines:
 * a wall clock that is set must neither age a torrent by a year nor keep one young for one.
 */
export function steadyTime(clock: Pick<Clock, 'now' | 'monotonic'>): () => number {
  const aheadMs = clock.now() - clock.monotonic();
  return () => clock.monotonic() + aheadMs;
}
