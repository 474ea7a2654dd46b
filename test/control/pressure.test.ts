import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fills, hasStopped, pressesOn, slept, wakesOn } from '../../src/control/pressure.ts';
import { KIB, UNLIMITED } from '../../src/control/units.ts';
import { usageOf } from '../support/readings.ts';

test('pressing takes 80 % over a short window and 90 % over a long one', () => {
  assert.ok(pressesOn({ ...usageOf(80), spanMs: 6_000 }, 100));
  assert.not(pressesOn({ ...usageOf(79), spanMs: 6_000 }, 100));
  assert.not(pressesOn({ ...usageOf(89), spanMs: 12_000 }, 100));
  assert.ok(pressesOn({ ...usageOf(90), spanMs: 12_000 }, 100));
});

test('no torrent presses on no limit', () => {
  assert.not(pressesOn(usageOf(1e9), UNLIMITED));
});

test('one that climbs after a raise presses by its latest seconds', () => {
  const climbing = { ...usageOf(50), shortBps: 85, spanMs: 3_000 };
  assert.ok(pressesOn(climbing, 100));
  assert.not(pressesOn({ ...climbing, spanMs: 6_000 }, 100));
});

test("a swell of a torrent that wants 1 of the 1.37 that it may have doesn't fill its limit", () => {
  // One standard deviation over 6 s is 11 % of what it wants: measured.
  assert.not(fills(usageOf(100 + 2 * 11), 137));
  assert.ok(fills(usageOf(0.95 * 137), 137));
});

test('a torrent wakes on its guard when it fills it, sooner when it comes from sleep', () => {
  const guard = 100 * KIB;
  assert.not(wakesOn(guard, usageOf(70 * KIB), false));
  assert.ok(wakesOn(guard, usageOf(80 * KIB), false));
  assert.ok(wakesOn(guard, usageOf(30 * KIB), true));
});

test('one block of 16 KiB in a sample of 1.5 s is no waking, but on a guard that lets no more through', () => {
  const oneBlock = usageOf((16 * KIB) / 1.5);
  assert.not(wakesOn(40 * KIB, oneBlock, true));
  assert.ok(wakesOn(12 * KIB, oneBlock, true));
});

test('it slept when it was thought to want next to nothing; at first sight that is not known', () => {
  assert.ok(slept(10, 100));
  assert.not(slept(30, 100));
  assert.not(slept(null, 100));
});

test('it has stopped when its leechers are gone and its seconds empty', () => {
  const ebbing = { ...usageOf(50_000), shortBps: 1_000 };
  assert.ok(hasStopped(ebbing, 100_000, 0));
  assert.not(hasStopped(ebbing, 100_000, 1), 'an ebb');
  const oneEmpty = { ...usageOf(50_000), latestBps: 0 };
  assert.ok(hasStopped(oneEmpty, 100_000, 0));
  assert.not(hasStopped(oneEmpty, 10_000, 0), 'so small a limit lets less than a block through in a sample');
});

test.run();
