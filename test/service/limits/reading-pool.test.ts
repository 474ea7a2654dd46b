import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { atOnce } from '../../../src/control/steps.ts';
import { ReadingPool } from '../../../src/service/limits/reading-pool.ts';

const test = suite('pool of readings');

function taken(pool: ReadingPool, rows: Readonly<Record<number, string>>): string[] {
  pool.begin();
  for (const [row, key] of Object.entries(rows)) pool.take(Number(row), key);
  return atOnce(pool.all()).map(({ key }) => key);
}

test("a torrent's reading is the same object each time, and comes in the order of the keys", () => {
  const pool = new ReadingPool();
  pool.begin();
  const b = pool.take(0, 'q:b');
  const a = pool.take(1, 'q:a');
  assert.equal(
    atOnce(pool.all()).map(({ key }) => key),
    ['q:a', 'q:b'],
  );
  pool.begin();
  assert.is(pool.take(1, 'q:a'), a);
  assert.is(pool.take(0, 'q:b'), b);
  assert.is(atOnce(pool.all())[0], a);
});

test('a torrent in the row of another has a reading of its own', () => {
  const pool = new ReadingPool();
  pool.begin();
  pool.begin();
  const before = pool.take(0, 'q:a');
  before.held = true;
  atOnce(pool.all());
  pool.begin();
  const after = pool.take(0, 'q:b');
  assert.is(after.key, 'q:b');
  assert.not(after.held, 'nothing of the other shows');
  assert.is(atOnce(pool.all()).length, 1);
  assert.is(before.key, 'q:a');
});

test('a look that was broken off counts for nothing', () => {
  const pool = new ReadingPool();
  pool.begin();
  pool.take(0, 'q:a');
  pool.take(1, 'q:b');
  assert.equal(taken(pool, { 1: 'q:b' }), ['q:b']);
  assert.equal(taken(pool, { 0: 'q:a', 1: 'q:b' }), ['q:a', 'q:b']);
});

test('property: all that were taken come, in order, and no others, whatever came and went', () => {
  const rows = fc.dictionary(fc.integer({ min: 0, max: 9 }).map(String), fc.constantFrom('x', 'y', 'z'));
  fc.assert(
    fc.property(fc.array(rows), (turns) => {
      const pool = new ReadingPool();
      for (const turn of turns) {
        // Keys differ between rows, and a row has another one at times.
        const keys = Object.fromEntries(Object.entries(turn).map(([row, key]) => [row, `${key}${row}`]));
        assert.equal(taken(pool, keys), Object.values(keys).sort());
      }
    }),
  );
});

test.run();
