import { pino } from 'pino';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Closers } from '../src/closers.ts';

const test = suite('closing what was opened');

function recording() {
  const lines: string[] = [];
  const logger = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line).msg) });
  return { lines, logger };
}

test('the last opened is closed first, each after the other, and only once', async () => {
  const { lines, logger } = recording();
  const closers = new Closers();
  const order: string[] = [];
  for (const what of ['a', 'b']) {
    closers.push(what, 1_000, async () => {
      order.push(`${what} begins`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      order.push(`${what} ends`);
    });
  }
  await closers.closeAll(logger);
  await closers.closeAll(logger);
  assert.equal(order, ['b begins', 'b ends', 'a begins', 'a ends']);
  assert.equal(lines, []);
});

test('one that fails or hangs is reported and does not keep the others open', async () => {
  const { lines, logger } = recording();
  const closers = new Closers();
  let closed = false;
  closers.push('the first', 1_000, async () => {
    closed = true;
  });
  closers.push('the second', 10, () => new Promise(() => undefined));
  closers.push('the third', 1_000, () => Promise.reject(new Error('no')));
  closers.push('the fourth', 1_000, () => {
    throw new Error('at once');
  });
  await closers.closeAll(logger);
  assert.ok(closed);
  assert.equal(lines, [
    'the fourth did not close as it should',
    'the third did not close as it should',
    'the second did not end within 0.01 s and is left to itself',
  ]);
});

test.run();
