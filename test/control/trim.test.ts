import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Target } from '../../src/control/targets.ts';
import { nextTrim } from '../../src/control/trim.ts';
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

/** After two minutes of cycles that all see the same. */
function settled(...targets: Target[]): number {
  let trim = 1;
  for (let cycle = 0; cycle < 60; cycle += 1) trim = nextTrim(trim, targets);
  return trim;
}

test('torrents that use just their limits lead to a mean a little under the cap', () => {
  assert.ok(Math.abs(settled(pressing(1_000, 1_000)) - 0.98) < 0.01);
});

test('torrents that use more than their limits are trimmed down, others up', () => {
  assert.ok(Math.abs(settled(pressing(1_000, 1_050)) - 0.98 / 1.05) < 0.01);
  assert.ok(Math.abs(settled(pressing(1_000, 930)) - 0.98 / 0.93) < 0.01);
});

test('it falls faster than it rises', () => {
  const fall = 1 - nextTrim(1, [pressing(1_000, 1_020)]);
  const rise = nextTrim(0.9, [pressing(1_000, 1_020)]) - 0.9;
  assert.ok(fall > rise, `${fall} ${rise}`);
});

test('torrents that do not press, wake on their guard, or have not been measured for long count for nothing', () => {
  const silent = [
    pressing(1_000, 1_200, { presses: false }),
    pressing(1_000, 1_200, { guarded: true }),
    pressing(1_000, 1_200, {}, 6_000),
  ];
  assert.is(settled(...silent), settled());
});

test('property: it stays within 0.9..1.05, whatever is measured', () => {
  const rates = fc.array(fc.tuple(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 0, max: 1e9 })));
  fc.assert(
    fc.property(rates, (pairs) => {
      let trim = 1;
      for (const [limitBps, usedBps] of pairs) trim = nextTrim(trim, [pressing(limitBps, usedBps)]);
      return trim >= 0.9 && trim <= 1.05;
    }),
    { numRuns: 1000 },
  );
});

test.run();
