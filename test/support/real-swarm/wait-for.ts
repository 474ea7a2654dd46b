import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks every 100 ms until the answer isn't undefined. An `ask` that throws counts as "not yet".
 * Rejects after `timeoutMs`, saying what was awaited and why the last try failed.
 */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`, { cause });
    }
    await sleep(100);
  }
}
