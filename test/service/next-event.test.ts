import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { nextEvent } from '../../src/service/next-event.ts';
import { withFakeTimers } from '../support/fake-timers.ts';

const test = suite('next event');

/** Two things to listen to, and how many listen. */
function makeSources() {
  const listeners = new Set<(value: string) => void>();
  const on = (settle: (value: string) => void) => {
    const listener = (value: string) => settle(value);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  };
  return { on, listeners, emit: (value: string) => [...listeners].map((listener) => listener(value)) };
}

test('the first outcome counts, and all listeners and the timer are gone with it', async () => {
  const first = makeSources();
  const second = makeSources();
  let outcome: Promise<string | null> = Promise.resolve(null);
  withFakeTimers((timers) => {
    outcome = nextEvent<string>(1000, (settle) => [first.on(settle), second.on(settle)]);
    second.emit('b');
    first.emit('a');
    assert.is(first.listeners.size + second.listeners.size, 0);
    assert.is(timers.pending, 0);
  });
  assert.is(await outcome, 'b');
});

test('nothing in time is null, and leaves no listener', async () => {
  const source = makeSources();
  let outcome: Promise<string | null> = Promise.resolve('');
  withFakeTimers((timers) => {
    outcome = nextEvent<string>(1000, (settle) => [source.on(settle)]);
    timers.pass(999);
    assert.is(source.listeners.size, 1);
    timers.pass(1);
    assert.is(source.listeners.size, 0);
  });
  assert.is(await outcome, null);
});

test.run();
