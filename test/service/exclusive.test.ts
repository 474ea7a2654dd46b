import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Exclusive } from '../../src/service/exclusive.ts';

const test = suite('exclusive');
const moment = () => new Promise((resolve) => setImmediate(resolve));

test('tasks run one after the other, in the order they came', async () => {
  const exclusive = new Exclusive();
  const log: string[] = [];
  const task = (name: string) => async () => {
    log.push(`${name} begins`);
    await moment();
    log.push(`${name} ends`);
    return name;
  };
  assert.equal(await Promise.all([exclusive.run(task('a')), exclusive.run(task('b'))]), ['a', 'b']);
  assert.equal(log, ['a begins', 'a ends', 'b begins', 'b ends']);
});

test('a task that fails tells its caller and does not stop the next', async () => {
  const exclusive = new Exclusive();
  const failing = exclusive.run(async () => {
    throw new Error('broken');
  });
  const next = exclusive.run(async () => 'fine');
  assert.match(String(await failing.catch((error: unknown) => error)), /broken/);
  assert.is(await next, 'fine');
});

test('idle waits for all that was begun', async () => {
  const exclusive = new Exclusive();
  let ended = false;
  const running = exclusive.run(async () => {
    await moment();
    ended = true;
  });
  await exclusive.idle();
  assert.ok(ended);
  await running;
});

test.run();
