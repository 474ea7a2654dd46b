/** The machine's clock is set while the service runs: by hand, by NTP after a start without a battery, by a virtual host. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Clock, steadyTime, systemClock } from '../../src/service/clock.ts';
import { HandClock } from '../support/hand-clock.ts';
import { MIB, Rig, type RigOptions, sleepers } from '../support/service-rig.ts';

const HOST = 'alpha.example';
const YEAR_MS = 366 * 86_400_000;
const test = suite('clock leaps');

class LeapingClock implements Clock {
  aheadMs = 0;
  now = () => systemClock.now() + this.aheadMs;
  monotonic = systemClock.monotonic;
  sleep = systemClock.sleep;
}

function swarmWith(clock: Clock): RigOptions {
  // Held for having been added within the day: no leechers are known.
  const addedAt = Math.floor(Date.now() / 1000) - 3600;
  const torrents = sleepers(HOST, 4).map((spec) => ({ ...spec, leechersKnown: 0, addedAt }));
  return { caps: { [HOST]: 4 * MIB }, torrents, clock };
}

test('steady time is the wall clock, and goes on from there whatever that does', () => {
  const clock = new HandClock(5_000);
  let wall = 1_000_000;
  const steady = steadyTime({ now: () => wall, monotonic: () => clock.at });
  assert.is(steady(), 1_000_000);
  clock.at += 700;
  wall -= YEAR_MS;
  assert.is(steady(), 1_000_700);
});

test('a clock a year ahead ages no torrent: every limit stays', async () => {
  const clock = new LeapingClock();
  await Rig.with(swarmWith(clock), async (rig) => {
    const { limits } = rig;
    assert.ok(limits.every((limit) => limit > 0));
    clock.aheadMs = YEAR_MS;
    await rig.cycle();
    await rig.cycle();
    assert.equal(rig.limits, limits);
    assert.is(rig.operations.health().status, 'healthy');
  });
});

test('a rollout step lasts as long as it should, whichever way the clock leaps', async () => {
  for (const leapMs of [YEAR_MS, -YEAR_MS]) {
    const clock = new LeapingClock();
    const rollout = {
      steps: [
        { percentage: 50, hold: 1 },
        { percentage: 100, hold: 3600 },
      ],
    };
    await Rig.with({ ...swarmWith(clock), rollout }, async (rig) => {
      await rig.operations.rollout({ action: 'start' });
      clock.aheadMs = leapMs;
      await rig.operations.forceCycle();
      assert.is(rig.service.percentage, 50, 'not over yet');
      await systemClock.sleep(1_000);
      await rig.cycle();
      assert.is(rig.service.percentage, 100);
    });
  }
});

test.run();
