import { getEventListeners } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Grace } from '../../../src/service/limits/grace.ts';

const test = suite('grace');

function handSleeps() {
  const sleeps: { readonly ms: number; readonly end: () => void; isAborted: boolean }[] = [];
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((end, reject) => {
      const own = { ms, end, isAborted: false };
      sleeps.push(own);
      signal?.addEventListener('abort', () => {
        own.isAborted = true;
        reject(signal.reason);
      });
    });
  return { sleeps, clock: { sleep } };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('aborts for the same reason, so much later', async () => {
  const { sleeps, clock } = handSleeps();
  const from = new AbortController();
  const grace = new Grace(from.signal, 2_000, clock);
  from.abort('rolled back');
  await nextTurn();
  assert.not(grace.signal.aborted);
  assert.equal(
    sleeps.map(({ ms }) => ms),
    [2_000],
  );
  sleeps[0]?.end();
  await nextTurn();
  assert.is(grace.signal.reason, 'rolled back');
});

test('is given in full from a signal that has aborted already', async () => {
  const { sleeps, clock } = handSleeps();
  const grace = new Grace(AbortSignal.abort('before'), 2_000, clock);
  assert.not(grace.signal.aborted);
  sleeps[0]?.end();
  await nextTurn();
  assert.is(grace.signal.reason, 'before');
});

test('ends with what was under way, and leaves neither timer nor listener', async () => {
  const { sleeps, clock } = handSleeps();
  const from = new AbortController();
  const unbroken = new Grace(from.signal, 2_000, clock);
  unbroken.end();
  assert.is(getEventListeners(from.signal, 'abort').length, 0);
  const broken = new Grace(from.signal, 2_000, clock);
  from.abort();
  broken.end();
  await nextTurn();
  assert.equal(
    sleeps.map(({ isAborted }) => isAborted),
    [true],
  );
  assert.not(broken.signal.aborted);
});

test.run();
