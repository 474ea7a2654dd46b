import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Sync, timedSync } from '../../src/journal/sync.ts';

const test = suite('timed fsync');

test('tells how long each of a file took, and changes nothing else; one that fails is not told', async () => {
  let now = 0;
  const calls: string[] = [];
  const slow: Sync = {
    file: async (path) => {
      calls.push(path);
      now += 30;
      if (path === 'broken') throw new Error('EIO');
      return 42;
    },
    folder: async (path) => void calls.push(path),
  };
  const told: number[] = [];
  const timed = timedSync(
    slow,
    (durationMs) => told.push(durationMs),
    () => now,
  );
  assert.is(await timed.file('a'), 42);
  await timed.folder('b');
  await timed.file('broken').then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, 'EIO'),
  );
  assert.equal(calls, ['a', 'b', 'broken']);
  assert.equal(told, [30]);
});

test.run();
