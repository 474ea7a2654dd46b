/** A client that shows what was written some seconds late. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { JumpClock } from '../../support/jump-clock.ts';
import { eventually, MIB, Rig } from '../../support/service-rig.ts';
import { contestOf, foreignWrites, setAll, swarm } from './one-rig.ts';

const test = suite('a slow client');

test('a bulk change by the user on a client that shows everything five seconds late is no fight', async () => {
  const clock = new JumpClock();
  await Rig.with({ ...swarm, clock }, async (rig) => {
    await rig.cycle();
    await rig.cycle();
    setAll(rig, 5 * MIB);
    await rig.shown();
    const late = delayed(rig);
    for (let round = 0; round < 4; round += 1) {
      late.begin();
      for (let n = 0; n < 3; n += 1) {
        rig.service.requestCycle('timer');
        await eventually('the cycle is over', () => rig.service.cycle === 'idle');
        clock.jump(5_000 / 3);
      }
      late.end();
      await rig.shown();
    }
    assert.is(contestOf(rig), null);
    assert.is(foreignWrites(rig), 8, 'each torrent once');
  });
});

/** Between `begin` and `end` the client shows nothing new. */
function delayed(rig: Rig): { begin(): void; end(): void } {
  const { picture } = rig.simulator.swarm;
  const update = picture.update.bind(picture);
  const waiting: (() => void)[] = [];
  return {
    begin() {
      picture.update = (torrents, serverState) => {
        const copy = [...torrents];
        waiting.push(() => update(copy, serverState));
      };
    },
    end() {
      picture.update = update;
      for (const one of waiting.splice(0)) one();
    },
  };
}

test.run();
