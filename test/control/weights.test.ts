import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { KIB, MIB } from '../../src/control/units.ts';
import { holdWeight, onGrid, weightScore } from '../../src/control/weights.ts';
import { readingOf, usageOf } from '../support/readings.ts';

const scoreOf = (leechersKnown: number, speedBps: number, leechersConnected = 0): number =>
  weightScore(readingOf('a', { leechersConnected, leechersKnown, usage: usageOf(speedBps) }));

test('the score is 0.6 for twenty leechers and 0.4 for 1 MiB/s, and parts of them in between', () => {
  assert.ok(Math.abs(scoreOf(40, 0.8 * MIB) - 0.92) < 1e-9);
  assert.ok(Math.abs(scoreOf(5, 0.2 * MIB) - 0.23) < 1e-9);
  assert.ok(Math.abs(scoreOf(100, 50 * MIB) - 1) < 1e-9);
});

test('leechers count as connected or known, whichever are more', () => {
  assert.is(scoreOf(2, 0, 10), scoreOf(10, 0, 2));
  assert.is(scoreOf(-1, 0), scoreOf(0, 0));
});

test('a torrent without leechers and speed has a little weight all the same', () => {
  assert.ok(scoreOf(0, 0) > 0);
});

test('a weight is held until the score has moved by more than a third', () => {
  assert.is(holdWeight(0.5, null), 0.5);
  assert.is(holdWeight(0.66, 0.5), 0.5);
  assert.is(holdWeight(0.34, 0.5), 0.5);
  assert.is(holdWeight(0.68, 0.5), 0.68);
});

test('a few weights stay as they are; many share a few, none far from its own', () => {
  const few = [0.1, 0.23, 0.92];
  assert.is(onGrid(few), few);
  const many = Array.from({ length: 100 }, (_, index) => 0.3 + index / 150);
  const shared = onGrid(many);
  assert.ok(new Set(shared).size <= 3, `${new Set(shared).size} weights`);
  for (const [index, weight] of shared.entries()) {
    const own = many[index] ?? 0;
    assert.ok(weight / own <= Math.SQRT2 && own / weight <= Math.SQRT2, `${weight} for ${own}`);
  }
});

test('equal speeds far below 1 MiB/s differ by their leechers alone', () => {
  assert.ok(scoreOf(10, 10 * KIB) > scoreOf(5, 10 * KIB));
});

test.run();
