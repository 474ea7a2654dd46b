import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { KeyBackOff } from '../../src/http/key-back-off.ts';

function failTimes(backOff: KeyBackOff, address: string, times: number): number[] {
  return Array.from({ length: times }, () => backOff.failed(address));
}

test('four wrong keys are free, then the pause doubles up to a minute', () => {
  const backOff = new KeyBackOff(() => 0);
  assert.equal(
    failTimes(backOff, 'a', 13),
    [0, 0, 0, 0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000],
  );
  assert.is(backOff.waitMs('a'), 60_000);
  assert.is(backOff.waitMs('b'), 0);
});

test('a pause ends by itself, and the right key clears the count', () => {
  let clock = 0;
  const backOff = new KeyBackOff(() => clock);
  failTimes(backOff, 'a', 5);
  clock = 999;
  assert.is(backOff.waitMs('a'), 1);
  clock = 1000;
  assert.is(backOff.waitMs('a'), 0);
  backOff.succeeded('a');
  assert.equal(failTimes(backOff, 'a', 5), [0, 0, 0, 0, 1000]);
});

test('wrong keys are forgotten a quarter of an hour after the last', () => {
  let clock = 0;
  const backOff = new KeyBackOff(() => clock);
  failTimes(backOff, 'a', 5);
  clock = 15 * 60_000 + 1;
  assert.is(backOff.waitMs('a'), 0);
  assert.is(backOff.size, 0);
  assert.is(backOff.failed('a'), 0);
});

test('however many addresses try, only so many are remembered, those that failed last', () => {
  const backOff = new KeyBackOff(() => 0, 3);
  failTimes(backOff, 'first', 5);
  for (const address of ['second', 'third']) failTimes(backOff, address, 5);
  backOff.failed('first');
  for (let i = 0; i < 2; i += 1) backOff.failed(`other ${i}`);
  assert.is(backOff.size, 3);
  assert.is.not(backOff.waitMs('first'), 0);
  assert.is(backOff.waitMs('second'), 0);
});

test.run();
