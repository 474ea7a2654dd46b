import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RateWindow } from '../../src/queue/rate-window.ts';

const test = suite('rate window');

test('waits until the call that fills the window is a second old', () => {
  const window = new RateWindow(2);
  assert.is(window.waitMs(0), 0);
  window.note(0);
  assert.is(window.waitMs(300), 0);
  window.note(300);
  assert.is(window.waitMs(400), 600);
  assert.is(window.waitMs(999.5), 0.5);
  assert.is(window.waitMs(1_000), 0);
  window.note(1_000);
  assert.is(window.waitMs(1_000), 300);
});

test('a lower limit waits for as many to age as are over it', () => {
  const window = new RateWindow(4);
  for (const at of [0, 100, 200, 300]) window.note(at);
  window.limit = 2;
  assert.is(window.waitMs(400), 800);
  window.limit = 5;
  assert.is(window.waitMs(400), 0);
});

test.run();
