import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Bound, growthOf, growthTable, NO_MORE, type Sample } from './figures.ts';

const test = suite('what grows in a long run');

const TENTH_MORE: Bound = { by: 'mean', allowed: (first) => first * 1.1 };

function samples(values: readonly number[]): Sample[] {
  return values.map((value) => ({ value }));
}

function grows(values: readonly number[], bound: Bound): boolean | undefined {
  return growthOf(samples(values), { value: bound })[0]?.grows;
}

test('a count grows when the last quarter has more than the first ever had', () => {
  assert.is(grows([1, 3, 9, 9, 9, 9, 3, 2], NO_MORE), false);
  assert.is(grows([1, 3, 1, 1, 1, 1, 4, 1], NO_MORE), true);
});

test('a size may scatter about its mean, and not pass it by more than is allowed', () => {
  assert.is(grows([90, 110, 100, 100, 100, 100, 100, 119], TENTH_MORE), false);
  assert.is(grows([90, 110, 100, 100, 100, 100, 110, 119], TENTH_MORE), true);
});

test('a figure that was not sampled has not stood the test', () => {
  assert.is(growthOf(samples([1, 1, 1, 1]), { missing: NO_MORE })[0]?.grows, true);
});

test('too few samples to compare are refused', () => {
  assert.throws(() => growthOf(samples([1, 2, 3]), { value: NO_MORE }), /expected 4 samples or more, got 3/);
});

test('the table shows first, last, most and bound, rounded', () => {
  assert.equal(growthTable(growthOf(samples([1, 5, 1, 1.23456]), { value: NO_MORE })), [
    {
      figure: 'value',
      'first quarter': 1,
      'last quarter': 1.23,
      'most ever': 5,
      'may be': 1,
      verdict: 'GROWS',
    },
  ]);
});

test.run();
