import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Steps } from '../../src/control/steps.ts';
import { inBreaths } from '../../src/service/breathe.ts';

const test = suite('work in breaths');

/** Steps that take so long that others must have their turn after each. */
function* slowly(steps: number, onStep: (step: number) => void): Steps<string> {
  for (let step = 1; step <= steps; step += 1) {
    onStep(step);
    const from = performance.now();
    while (performance.now() - from < 1.5);
    yield;
  }
  return 'done';
}

test('others have two turns between steps that take their time, as a request needs', async () => {
  let turns = 0;
  const seen: number[] = [];
  const turn = () => {
    turns += 1;
    if (seen.length < 4) setImmediate(turn);
  };
  setImmediate(turn);
  assert.is(await inBreaths(slowly(4, () => seen.push(turns))), 'done');
  assert.equal(seen, [0, 2, 4, 6]);
});

test('quick steps are done at one go', async () => {
  let turns = 0;
  setImmediate(() => {
    turns += 1;
  });
  const quickly = function* (): Steps<number> {
    yield;
    yield;
    return turns;
  };
  assert.is(await inBreaths(quickly()), 0);
});

test('aborted, it ends between two steps with the reason, and goes no further', async () => {
  const abort = new AbortController();
  const seen: number[] = [];
  const work = slowly(9, (step) => {
    seen.push(step);
    if (step === 2) abort.abort(new Error('a rollback'));
  });
  await inBreaths(work, abort.signal).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, 'a rollback'),
  );
  assert.equal(seen, [1, 2]);
});

test('what a step throws comes out', async () => {
  // biome-ignore lint/correctness/useYield: it fails before.
  const fails = function* (): Steps<never> {
    throw new RangeError('no');
  };
  await inBreaths(fails()).then(
    () => assert.unreachable(),
    (error: unknown) => assert.instance(error, RangeError),
  );
});

test.run();
