import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Target } from '../../src/control/targets.ts';
import { nextTrim, UNTRIMMED } from '../../src/control/trim.ts';
import { readingOf, usageOf } from '../support/readings.ts';

function pressing(limitBps: number, usedBps: number, fields: Partial<Target> = {}, spanMs = 12_000): Target {
  return {
    reading: readingOf('a', { limitBps, held: true, usage: { ...usageOf(usedBps), spanMs } }),
    demandBps: 2 * limitBps,
    guarded: false,
    weight: 1,
    presses: true,
    active: true,
    shareBps: limitBps,
    mostBps: limitBps,
    limitBps,
    reason: 'level',
    ...fields,
  };
}

/** The factor after five minutes of cycles that all see the same. */
function settled(...targets: Target[]): number {
  let trim = UNTRIMMED;
  for (let cycle = 0; cycle < 150; cycle += 1) trim = nextTrim(trim, targets);
  return trim.factor;
}

const AIM = 0.975;

test('torrents that use just their limits lead to a mean a little under the cap', () => {
  assert.ok(Math.abs(settled(pressing(1_000, 1_000)) - AIM) < 0.002);
});

test('torrents that use more than their limits are trimmed down, others up', () => {
  assert.ok(Math.abs(settled(pressing(1_000, 1_040)) - AIM / 1.04) < 0.002);
  assert.ok(Math.abs(settled(pressing(1_000, 970)) - AIM / 0.97) < 0.002);
});

test('ten seconds of a rate far off its limit change little: that is a climb, not a bias', () => {
  let trim = { factor: AIM, bias: 1 };
  for (let cycle = 0; cycle < 5; cycle += 1) trim = nextTrim(trim, [pressing(1_000, 1_100)]);
  assert.ok(AIM - trim.factor < 0.005, `${trim.factor}`);
});

test('torrents that do not press, wake on their guard, or have not been measured for long count for nothing', () => {
  const silent = [
    pressing(1_000, 1_200, { presses: false }),
    pressing(1_000, 1_200, { guarded: true }),
    pressing(1_000, 1_200, {}, 6_000),
  ];
  assert.is(settled(...silent), settled());
});

test('property: the factor stays within 0.92..1.03, whatever is measured', () => {
  const rates = fc.array(fc.tuple(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 0, max: 1e9 })));
  fc.assert(
    fc.property(rates, (pairs) => {
      let trim = UNTRIMMED;
      for (const [limitBps, usedBps] of pairs) trim = nextTrim(trim, [pressing(limitBps, usedBps)]);
      return trim.factor >= 0.92 && trim.factor <= 1.03;
    }),
    { numRuns: 1000 },
  );
});

test.run();
