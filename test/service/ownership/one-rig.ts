/** One service on a simulated client, for what others do to limits. */
import * as assert from 'uvu/assert';
import { eventually, MIB, type Rig, type RigOptions, sleepers } from '../../support/service-rig.ts';

export const HOST = 'alpha.example';
export const swarm: RigOptions = {
  caps: { [HOST]: 4 * MIB },
  torrents: [...sleepers(HOST, 6), ...sleepers(HOST, 2, 3_000_000)],
};
export const OWN = [0, 0, 0, 0, 0, 0, 3_000_000, 3_000_000];

export const contestOf = (rig: Rig) => rig.service.actor.getSnapshot().context.contest;
export const foreignWrites = (rig: Rig) => Number(rig.operations.stats().foreign_writes);

export async function rollBack(rig: Rig, originals: 'current' | 'first' = 'current'): Promise<void> {
  const answer = await rig.operations.rollback({ by: 'test', reason: 'over', originals });
  assert.is(answer.status, 'completed', JSON.stringify(answer));
}

export function setAll(rig: Rig, wire: number): void {
  rig.simulator.swarm.setUploadLimit(rig.hashes, wire, Date.now());
}

/** As a client that was killed comes back: with the limits that it had saved. */
export async function restartClient(rig: Rig, saved: readonly number[]): Promise<void> {
  await rig.simulator.stop();
  rig.service.requestCycle('timer');
  await eventually('offline', () => rig.service.link.startsWith('offline'));
  for (const [index, wire] of saved.entries()) rig.setByHand(index, wire);
  await rig.simulator.start();
  rig.service.actor.send({ type: 'RECONNECT' });
  await eventually('online', () => rig.service.link === 'online');
  await rig.shown();
  rig.service.requestCycle('timer');
}
