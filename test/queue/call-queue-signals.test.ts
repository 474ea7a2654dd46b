import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CallQueue } from '../../src/queue/call-queue.ts';

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

test.run();
