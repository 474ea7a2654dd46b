import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesPerSecond } from './second-buckets.ts';

const test = suite('second buckets');

test('a counter read at whole seconds gives its steps', () => {
  const readings = [0, 1000, 2000, 3000].map((atMs, index) => ({
    atMs,
    bytes: [[0, 10, 30, 30][index] ?? 0],
  }));
  assert.equal(bytesPerSecond(readings, 0, 3), [[10, 20, 0]]);
});

test('bytes between two readings come evenly, whichever second they fall in', () => {
  const readings = [
    { atMs: 500, bytes: [0, 0] },
    { atMs: 1500, bytes: [100, 0] },
    { atMs: 3500, bytes: [300, 40] },
  ];
  assert.equal(bytesPerSecond(readings, 500, 3), [
    [100, 100, 100],
    [0, 20, 20],
  ]);
  assert.equal(bytesPerSecond(readings, 1000, 2), [
    [100, 100],
    [10, 20],
  ]);
});

test('before the first reading and after the last nothing moves', () => {
  const readings = [
    { atMs: 2000, bytes: [50] },
    { atMs: 3000, bytes: [80] },
  ];
  assert.equal(bytesPerSecond(readings, 0, 5), [[0, 0, 30, 0, 0]]);
});

test('no byte is lost or made up, at any moments of reading', () => {
  const readings = [0, 930, 1990, 3110, 4020, 5300].map((atMs, index) => ({
    atMs,
    bytes: [index * index * 7],
  }));
  const [seconds = []] = bytesPerSecond(readings, 0, 6);
  assert.is(
    seconds.reduce((sum, bytes) => sum + bytes, 0),
    175,
  );
  assert.ok(seconds.every(Number.isInteger));
});

test.run();
