/** Waiting for a service to come to an end of what it does by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TappedService } from './tapped-service.ts';

const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 50;
/** As the control timer of a service does. */
const CYCLE_EVERY_MS = 400;

/** Nothing is under way, and without a timer nothing would come. */
export function isAtRest({ service }: TappedService): boolean {
  const { link, cycle, lifecycle } = service;
  if (cycle !== 'idle' || !(link === 'online' || link === 'contested')) return false;
  if (lifecycle === 'rollingBack.waiting') return link === 'contested';
  return lifecycle !== 'starting' && !lifecycle.startsWith('rollingBack');
}

/** Asks for cycles, as a timer does, until the returned function is called. */
export function keepCycling({ service }: TappedService): () => void {
  const timer = setInterval(() => service.requestCycle('timer'), CYCLE_EVERY_MS);
  return () => clearInterval(timer);
}

/** @throws when it takes longer than 20 s */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within ${PATIENCE_MS / 1000} s: ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** Waits until it has been at rest at every look for so long. */
export async function untilAtRest(tapped: TappedService, forMs: number): Promise<void> {
  let since = performance.now();
  await until('the service comes to rest', () => {
    if (!isAtRest(tapped)) since = performance.now();
    return performance.now() - since >= forMs;
  });
}
