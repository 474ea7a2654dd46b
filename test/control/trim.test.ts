import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nextTrim, type Trim, UNTRIMMED } from '../../src/control/trim.ts';

const AIM = 0.97;
let now = 1_700_000_000_000;

/** After so many cycles of 2 s that all measure the same part of the cap. */
function after(
  cycles: number,
  part: number | null,
  saturated = true,
  from: Trim = UNTRIMMED,
  grantedBps = 1_000,
): Trim {
  let trim = from;
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    now += 2_000;
    const meanBps = part === null ? null : part * grantedBps;
    trim = nextTrim(trim, { now, meanBps, grantedBps, saturated });
  }
  return trim;
}

test('a tracker that can not be measured yet is steered a little under its cap', () => {
  assert.ok(Math.abs(after(40, null).factor - AIM) < 0.001);
});

test('a tracker that goes on using more is trimmed down within a minute or two, one that uses less up', () => {
  assert.ok(after(50, 1.03).factor < AIM - 0.04);
  assert.ok(after(50, 0.93).factor > AIM + 0.02);
});

test('what 10 s are over the cap comes off at once, and is back when they are not', () => {
  const steady = after(40, AIM);
  const over = after(5, 1.04, true, steady);
  assert.ok(Math.abs(steady.factor - over.factor - 0.04) < 0.01, `${over.factor}`);
  assert.ok(steady.factor - after(1, AIM, true, over).factor < 0.01, 'a climb is no bias');
});

test('what torrents do not want is no error, what they use too much is', () => {
  assert.ok(Math.abs(after(50, 0.9, false).factor - AIM) < 0.001);
  assert.ok(after(50, 1.03, false).factor < AIM - 0.04);
});

test('a lasting error is corrected, however large', () => {
  assert.ok(after(100, 1.3).steady < AIM - 0.05);
});

test('after the cap or a loan changed, the mean of before counts for nothing', () => {
  const steady = after(40, AIM);
  assert.ok(Math.abs(after(4, 2, true, steady, 500).factor - steady.factor) < 0.001);
  assert.ok(after(6, 2, true, steady, 500).factor < steady.factor - 0.05, 'but after 10 s it does');
});

test('property: the factor stays within 0.81..1, whatever is measured', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 3, noNaN: true })), fc.boolean(), (parts, saturated) => {
      let trim = UNTRIMMED;
      for (const meanBps of parts) trim = after(1, meanBps, saturated, trim, 1);
      return trim.factor >= 0.81 && trim.factor <= 1 + 1e-9;
    }),
    { numRuns: 1000 },
  );
});

test.run();
