/** guard, credit, rollout, units, window mean: a few lines each, tested together. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { creditBps } from '../../src/control/credit.ts';
import { guardLimit } from '../../src/control/guard.ts';
import { inRollout, rolloutBucket } from '../../src/control/rollout.ts';
import { limitFromWire, MIB, toMibps, UNLIMITED } from '../../src/control/units.ts';
import { WindowMean } from '../../src/control/window-mean.ts';

test('one idle torrent is guarded with 4 % of the cap, many share 15 %, none gets less than 1024', () => {
  assert.is(guardLimit(1_000_000, 1), 40_000);
  assert.is(guardLimit(1_000_000, 100), 1_500);
  assert.is(guardLimit(1_000_000, 10_000), 1_024);
});

test('credit is what the 10 s mean can bear, at most 12 % of the cap, and none while it is over or unknown', () => {
  assert.is(creditBps(1_000, null), 0);
  assert.is(creditBps(1_000, 500), 120);
  assert.is(creditBps(1_000, 1_100), 0);
  assert.ok(Math.abs(creditBps(1_000, 1_005) - 50) < 0.001);
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

test('0 and -1 on the wire are no limit', () => {
  assert.is(limitFromWire(0), UNLIMITED);
  assert.is(limitFromWire(-1), UNLIMITED);
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
