/** Two services with journals of their own on one simulated client. */
import { JumpClock } from '../../support/jump-clock.ts';
import { eventually, MIB, Rig, type RigOptions, sleepers } from '../../support/service-rig.ts';

export const HOST = 'alpha.example';
export const OWN = [0, 0, 0, 0, 0, 0, 3_000_000, 300_000, 77_777];

export const swarm: RigOptions = {
  caps: { [HOST]: 4 * MIB },
  torrents: [
    ...sleepers(HOST, 6),
    ...sleepers(HOST, 1, 3_000_000),
    ...sleepers(HOST, 1, 300_000),
    ...sleepers(HOST, 1, 77_777),
  ],
};

export interface Pair {
  readonly first: Rig;
  readonly second: Rig;
  readonly clock: JumpClock;
}

export async function pair(
  version: '5.1.0' | '5.3.0',
  body: (pair: Pair) => Promise<void>,
  secondOptions: Partial<RigOptions> = {},
  firstOptions: Partial<RigOptions> = {},
): Promise<void> {
  const clock = new JumpClock();
  await Rig.with({ ...swarm, version, clock, ...firstOptions }, async (first) => {
    await first.cycle();
    const options = { ...swarm, version, clock, stopped: true, sharedWith: first, ...secondOptions };
    await Rig.with(options, async (second) => {
      await second.startService();
      await body({ first, second, clock });
    });
  });
}

export const isContested = (rig: Rig) => rig.service.link === 'contested';
export const contestOf = (rig: Rig) => rig.service.actor.getSnapshot().context.contest;

export async function rollBack(rig: Rig): Promise<Record<string, unknown>> {
  return await rig.operations.rollback({ by: 'test', reason: 'over' });
}

/** Cycles of both, each renewing or watching the marker. */
export async function pass(clock: JumpClock, rigs: readonly Rig[], times: number): Promise<void> {
  for (let round = 0; round < times; round += 1) {
    clock.jump(31_000);
    for (const rig of rigs) {
      rig.service.requestCycle('timer');
      await eventually('the cycle is over', () => rig.service.cycle === 'idle');
    }
    await rigs[0]?.shown();
  }
}
