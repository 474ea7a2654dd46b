import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { atOnce, eachInSteps, mergeInSteps, type Steps, sortInSteps } from '../../src/control/steps.ts';

const test = suite('work in steps');

const upwards = (a: number, b: number): number => a - b;

function stepsOf<T>(work: Steps<T>): number {
  let steps = 0;
  while (work.next().done !== true) steps += 1;
  return steps;
}

test('each comes once, in order, with its place, and a few hundred at a time', () => {
  const items = Array.from({ length: 1000 }, (_, index) => `item ${index}`);
  const seen: string[] = [];
  assert.is(
    stepsOf(eachInSteps(items, (item, index) => assert.is(seen.push(item), index + 1))),
    Math.floor(1000 / 256),
  );
  assert.equal(seen, items);
});

test('thousands are sorted in more than one step, as one sort would', () => {
  const items = Array.from({ length: 5000 }, (_, index) => (index * 7919) % 5003);
  assert.equal(
    atOnce(sortInSteps(items, upwards)),
    [...items].sort((a, b) => a - b),
  );
  assert.ok(stepsOf(sortInSteps(items, upwards)) > 20);
});

test('property: what compares as the same stays in its order, as with sort', () => {
  const items = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.nat()), { maxLength: 900, size: 'max' });
  const byFirst = (a: readonly number[], b: readonly number[]): number => upwards(a[0] ?? 0, b[0] ?? 0);
  fc.assert(
    fc.property(items, (all) => assert.equal(atOnce(sortInSteps(all, byFirst)), [...all].sort(byFirst))),
  );
});

test('property: two in order make one in order', () => {
  const some = fc.array(fc.integer(), { maxLength: 600, size: 'max' }).map((all) => all.sort(upwards));
  fc.assert(
    fc.property(some, some, (left, right) => {
      const merged = atOnce(mergeInSteps(left, right, upwards));
      assert.equal(merged, [...left, ...right].sort(upwards));
    }),
  );
});

test.run();
