/** guard, trim, rollout, units, window mean: a few lines each, tested together. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { guardLimit } from '../../src/control/guard.ts';
import { inRollout, rolloutBucket } from '../../src/control/rollout.ts';
import { nextTrim, TRIM_RANGE } from '../../src/control/trim.ts';
import {
  limitFromWire,
  limitToWire,
  MAX_LIMIT_BPS,
  MIB,
  toMibps,
  UNLIMITED,
} from '../../src/control/units.ts';
import { WindowMean } from '../../src/control/window-mean.ts';

test('one idle torrent is guarded with 4 % of the cap, many share 15 %, none gets less than 1024', () => {
  assert.is(guardLimit(1_000_000, 1), 40_000);
  assert.is(guardLimit(1_000_000, 100), 1_500);
  assert.is(guardLimit(1_000_000, 10_000), 1_024);
});

test('rollout picks by md5 of the info-hash, so a larger percentage keeps the torrents of a smaller', () => {
  // md5('a') begins with 0cc175b9 = 214,005,177.
  assert.is(rolloutBucket('a'), 77);
  assert.not(inRollout('a', 77));
  assert.ok(inRollout('a', 78));
  assert.not(inRollout('a', 0));
  assert.ok(inRollout('a', 100));
});

test('rollout percentage is the part of torrents chosen', () => {
  const hashes = Array.from({ length: 2_000 }, (_, index) => index.toString(16).padStart(40, '0'));
  const chosen = hashes.filter((hash) => inRollout(hash, 30)).length;
  assert.ok(chosen > 500 && chosen < 700, `${chosen}`);
});

test('trim rises slowly on waste, falls quickly on overshoot, and relaxes when nothing presses', () => {
  assert.ok(nextTrim(1, 950, 1_000, true) > 1);
  assert.is(nextTrim(1, 950, 1_000, false), 1);
  assert.ok(1 - nextTrim(1, 1_020, 1_000, true) > nextTrim(1, 950, 1_000, true) - 1);
  assert.ok(nextTrim(1.05, 500, 1_000, false) <= 1.05);
  assert.is(nextTrim(1.02, null, 1_000, true), 1.02);
});

test('trim ignores errors too large to be a bias: limits that have not taken effect yet', () => {
  assert.is(nextTrim(1, 3_000, 1_000, true), 1);
});

test('property: trim stays within its range', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 3, noNaN: true })), fc.boolean(), (means, saturated) => {
      let trim = 1;
      for (const mean of means) trim = nextTrim(trim, mean, 1, saturated);
      return trim >= 1 - TRIM_RANGE && trim <= 1 + TRIM_RANGE;
    }),
  );
});

test('0 and -1 on the wire are no limit, and a share never becomes one', () => {
  assert.is(limitFromWire(0), UNLIMITED);
  assert.is(limitFromWire(-1), UNLIMITED);
  assert.is(limitToWire(UNLIMITED), 0);
  assert.is(limitToWire(0.4), 1_024);
  assert.is(limitToWire(2 ** 31), MAX_LIMIT_BPS);
  assert.is(limitToWire(5_000.9), 5_000);
  assert.is(toMibps(1.5 * MIB), 1.5);
  assert.is(toMibps(UNLIMITED), null);
});

test('a window mean covers the last 10 s and is unknown before it covers most of them', () => {
  const mean = new WindowMean();
  for (let at = 0; at <= 6_000; at += 2_000) mean.add(at, 100);
  assert.is(mean.mean(), null);
  for (let at = 8_000; at <= 10_000; at += 2_000) mean.add(at, 100);
  assert.is(mean.mean(), 100);
  for (let at = 12_000; at <= 20_000; at += 2_000) mean.add(at, 300);
  assert.is(mean.mean(), 300);
});

test.run();
