/** When a marker counts as stale, and what the marker decides. */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MemoryJournal } from '../../../src/journal/memory-journal.ts';
import { JumpClock } from '../../support/jump-clock.ts';
import { eventually, MIB, Rig } from '../../support/service-rig.ts';
import { contestOf, HOST, isContested, OWN, pair, pass, rollBack, swarm } from './two-rigs.ts';

const test = suite('watching markers');

test('a marker does not go stale while the client is down: the owner stays in charge', async () => {
  await pair('5.3.0', async ({ first, second, clock }) => {
    await eventually('contested', () => isContested(second));
    await pass(clock, [first], 1);
    clock.jump(11_000);
    await cycle(second);
    await first.simulator.stop();
    for (const rig of [first, second]) rig.service.requestCycle('timer');
    await eventually('offline', () =>
      [first, second].every(({ service }) => service.link.startsWith('offline')),
    );
    clock.jump(120_000);
    await first.simulator.start();
    // The contested one is back sooner than the owner.
    for (const rig of [second, first]) {
      rig.service.actor.send({ type: 'RECONNECT' });
      await eventually('connected', () => ['online', 'contested'].includes(rig.service.link));
      await sleep(200);
    }
    await pass(clock, [first, second], 1);
    assert.equal([first.service.link, contestOf(second)?.kind], ['online', 'controller']);
  });
});

test('on a client with markers, limits of another controller contest no one for good', async () => {
  const clock = new JumpClock();
  const options = { ...swarm, version: '5.3.0', clock } as const;
  await Rig.with({ ...options, journal: sameName() }, async (first) => {
    await first.cycle();
    const copy = sameName();
    await copy.adoptOriginals([...first.journal.originals.values()]);
    const caps = { [HOST]: 2 * MIB };
    await Rig.with({ ...options, sharedWith: first, journal: copy, caps }, async (second) => {
      // Within the ten seconds in which the first has not yet seen the marker of the second.
      for (let n = 0; n < 5; n += 1) {
        for (const rig of [first, second]) await cycle(rig);
        await first.shown();
        clock.jump(1_500);
      }
      await pass(clock, [first, second], 1);
      assert.equal([contestOf(first)?.kind, second.service.link], ['controller', 'online']);
      assert.equal([first.journal.contest, second.journal.contest], [null, null]);
      await rollBack(second);
      await second.service.stop();
      await pass(clock, [first], 1);
      await eventually('it goes on by itself', () => first.service.link === 'online');
      await rollBack(first);
      assert.equal(first.limits, OWN);
    });
  });
});

function sameName(): MemoryJournal {
  const journal = new MemoryJournal();
  journal.identify = async () => '00000000-0000-4000-8000-000000000000';
  return journal;
}

async function cycle(rig: Rig): Promise<void> {
  rig.service.requestCycle('timer');
  await eventually('the cycle is over', () => rig.service.cycle === 'idle');
}

test.run();
