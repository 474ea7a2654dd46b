import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CallQueue } from '../../src/queue/call-queue.ts';
import { rejection } from '../support/scripted-server.ts';

const test = suite('call queue: signals');

test('many calls on one signal are no leak, and are not warned of as one', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  try {
    const queue = new CallQueue({ callsPerSecond: 200, maxWaiting: 100 });
    const { signal } = new AbortController();
    const calls = Array.from({ length: 30 }, () => queue.run('cut', async () => undefined, signal));
    await Promise.all(calls);
    // Node tells of a warning in the next turn.
    await nextTurn();
    assert.equal(warnings, []);
    assert.is(getEventListeners(signal, 'abort').length, 0);
    await queue.stop();
  } finally {
    process.off('warning', note);
  }
});

test('calls that wait on one signal share one listener, which goes with the last of them', async () => {
  const queue = new CallQueue({ callsPerSecond: 200, maxWaiting: 100 });
  const { signal } = new AbortController();
  const seen: number[] = [];
  const calls = [1, 2, 3].map(() =>
    queue.run('cut', async () => void seen.push(getEventListeners(signal, 'abort').length), signal),
  );
  await Promise.all(calls);
  assert.equal(seen, [0, 1, 0], 'the first begins at once');
  await queue.stop();
});

test('an abort ends the wait of its own calls only, and idle comes although they are still in the queue', async () => {
  const queue = new CallQueue({ callsPerSecond: 200, maxWaiting: 2 });
  const aborted = new AbortController();
  const running = queue.run('read', () => nextTurn());
  const own = rejection(queue.run('cut', async () => 'never', aborted.signal));
  const other = queue.run('cut', async () => 'done', new AbortController().signal);
  aborted.abort(new Error('rolled back'));
  assert.is((await own).message, 'rolled back');
  const more = queue.run('cut', async () => 'more');
  assert.is(queue.waiting, 2, 'room for another');
  assert.equal(await Promise.all([running, other, more]), [undefined, 'done', 'more']);
  await queue.idle();
  await queue.stop();
});

test.run();
