import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { simulatedSoak } from './simulated-soak.ts';

/** Time for a rollback of each kind, two reloads and a forced cycle; the hour is for `npm run soak`. */
const MINUTES = 8;

test('eight minutes of churn, reloads and rollbacks leave nothing behind', async () => {
  const { samples, cycles, limitsLeft } = await simulatedSoak(MINUTES, () => undefined);
  assert.ok(cycles > MINUTES * 25, `${cycles} cycles`);
  assert.is(limitsLeft, 0, 'torrents without their own limit after the last rollback');
  assert.ok(samples.length >= 10);
  const valuesOf = (figure: string) => samples.map((sample) => sample[figure] ?? Number.NaN);
  const most = (figure: string) => Math.max(...valuesOf(figure));
  assert.is(new Set(valuesOf('listeners on the bus')).size, 1, 'as many listeners at any time');
  assert.is(new Set(valuesOf('events dropped')).size, 1);
  assert.is(most('events dropped'), 0);
  assert.is(most('calls waiting'), 0);
  // The service, its trackers, and an effect under way.
  assert.ok(most('actors') <= 6, `${most('actors')} actors`);
  // Two beats, the journal's heartbeat, the simulator's step, and a few of what is under way.
  assert.ok(most('timers') <= 8, `${most('timers')} timers`);
  assert.ok(most('handles') <= 10, `${most('handles')} handles`);
  assert.ok(most('changes kept') <= 375, `${most('changes kept')} changes`);
});

test.run();
