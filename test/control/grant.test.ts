import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { grantChanges } from '../../src/control/grant.ts';
import type { Target } from '../../src/control/targets.ts';
import { UNLIMITED } from '../../src/control/units.ts';
import { fullFill, memoryOf, readingOf, usageOf } from '../support/readings.ts';

function target(
  key: string,
  fields: Partial<Target> & { from: number; rate: number; demandBps?: number },
): Target {
  const { from, rate, demandBps = UNLIMITED, ...rest } = fields;
  return {
    reading: readingOf(key, { limitBps: from, held: true, usage: usageOf(rate) }),
    active: true,
    known: memoryOf({ demandBps, ...fullFill(from) }),
    shareBps: rest.limitBps ?? 0,
    mostBps: UNLIMITED,
    limitBps: 0,
    reason: 'level',
    ...rest,
  };
}

const grant = (targets: Target[], availableBps: number, differentialThreshold = 0.2) =>
  grantChanges({
    targets,
    availableBps,
    roomBudgetBps: availableBps,
    mostIdleBps: 0,
    creditBps: 0,
    differentialThreshold,
  }).map(({ key, kind, toBps }) => ({
    key,
    kind,
    toBps: Math.round(toBps),
  }));

test('a cut goes out at once, the raise waits until the cut shows in the rate', () => {
  const cutting = [
    target('big', { from: 900, rate: 900, limitBps: 500 }),
    target('new', { from: 100, rate: 100, limitBps: 500 }),
  ];
  assert.equal(grant(cutting, 1_000), [{ key: 'big', kind: 'cut', toBps: 500 }]);
  const shown = [
    target('big', { from: 500, rate: 700, limitBps: 500 }),
    target('new', { from: 100, rate: 100, limitBps: 500 }),
  ];
  assert.equal(grant(shown, 1_000), [{ key: 'new', kind: 'raise', toBps: 300 }]);
});

test('what is measurably free is granted at once, lowest first', () => {
  const targets = [
    target('low', { from: 100, rate: 100, limitBps: 400 }),
    target('middle', { from: 200, rate: 200, limitBps: 400 }),
  ];
  assert.equal(grant(targets, 500), [
    { key: 'low', kind: 'raise', toBps: 250 },
    { key: 'middle', kind: 'raise', toBps: 250 },
  ]);
});

test('a small raise waits while the cap is in use, and goes out when it is wasted', () => {
  const nearly = [target('a', { from: 950, rate: 980, limitBps: 1_000 })];
  assert.equal(grant(nearly, 1_000), []);
  const wasting = [target('a', { from: 900, rate: 890, limitBps: 1_000 })];
  assert.equal(grant(wasting, 1_000), [{ key: 'a', kind: 'raise', toBps: 1_000 }]);
});

test('a cut that protects the cap is never too small, beyond the client own 3 %', () => {
  assert.equal(grant([target('a', { from: 1_030, rate: 1_030, limitBps: 1_000 })], 1_000), [
    { key: 'a', kind: 'cut', toBps: 1_000 },
  ]);
  assert.equal(grant([target('a', { from: 1_015, rate: 1_000, limitBps: 1_000 })], 1_000), []);
});

test('room above a demand is taken back only when there is much of it', () => {
  const roomy = (from: number) =>
    target('a', { from, rate: 100, demandBps: 100, limitBps: 120, reason: 'headroom' });
  assert.equal(grant([roomy(195)], 100), []);
  assert.equal(grant([roomy(250)], 100), [{ key: 'a', kind: 'cut', toBps: 120 }]);
});

test('a torrent whose demand is met is cut to the level when it stands above it', () => {
  const above = target('a', {
    from: 300,
    rate: 100,
    demandBps: 100,
    limitBps: 150,
    mostBps: 200,
    reason: 'headroom',
  });
  assert.equal(grant([above], 1_000), [{ key: 'a', kind: 'cut', toBps: 200 }]);
});

test('a cut to the level stops at the limit that the user gave', () => {
  const above = target('a', {
    from: 900,
    rate: 100,
    demandBps: 100,
    limitBps: 140,
    mostBps: 500,
    reason: 'headroom',
  });
  const own = { ...above, reading: { ...above.reading, ownLimitBps: 150 } };
  assert.equal(grant([own], 1_000), [{ key: 'a', kind: 'cut', toBps: 150 }]);
});

test('room is left alone while it costs the cap nothing', () => {
  const roomy = target('a', { from: 900, rate: 100, demandBps: 100, limitBps: 120, reason: 'headroom' });
  assert.equal(grant([roomy], 1_000), []);
});

test('a torrent above the limit that its user gave it is cut to it, however little above', () => {
  const above = target('a', { from: 110, rate: 50, demandBps: 100, limitBps: 100, reason: 'own limit' });
  assert.equal(grant([above], 10_000), [{ key: 'a', kind: 'cut', toBps: 100 }]);
});

test('one that wakes on its guard is not raised before it fills it', () => {
  const waking = target('a', {
    from: 100,
    rate: 30,
    demandBps: 30,
    limitBps: 900,
    reason: 'headroom',
  });
  assert.equal(grant([waking], 10_000), []);
});

test('a torrent without a limit is always cut to its target', () => {
  assert.equal(grant([target('a', { from: UNLIMITED, rate: 0, limitBps: 999_999, demandBps: 0 })], 1_000), [
    { key: 'a', kind: 'cut', toBps: 999_999 },
  ]);
});

test.run();
