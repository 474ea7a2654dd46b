import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNLIMITED } from '../../src/control/units.ts';
import { measure, type TrackerMeasure } from './measures.ts';
import { ALL, CAP, programOf, wants } from './plain-program.ts';
import type { Program, ProgramTorrent } from './program.ts';

const test = suite('lab measures');

function wakes(tracker: string, second: number, forSeconds?: number): ProgramTorrent {
  const base = { kind: 'waking', bps: ALL, atMs: second * 1000 } as const;
  return { tracker, demand: forSeconds === undefined ? base : { ...base, forMs: forSeconds * 1000 } };
}

/** Bytes by second: `[until, bps]` pairs, each from the end of the one before. */
function rates(...pieces: readonly (readonly [until: number, bps: number])[]): number[] {
  return pieces.flatMap(([until, bps], index) =>
    Array<number>(until - (pieces[index - 1]?.[0] ?? 0)).fill(bps),
  );
}

function only(program: Program, ...bytes: number[][]): TrackerMeasure {
  const [row, ...others] = measure(program, { bytes });
  if (row === undefined || others.length > 0) throw new Error(`expected one row, got ${others.length + 1}`);
  return row;
}

test('a tracker that gets just its cap has 1 in every ratio', () => {
  const row = only(programOf([wants('a', ALL)]), rates([60, CAP]));
  assert.equal([row.use, row.mean, row.worst10, row.p95, row.worst5, row.start10], [1, 1, 1, 1, 1, 1]);
  assert.equal([row.settle, row.late], [[], []]);
});

test('use is of what was wanted, the other ratios are of the cap', () => {
  const row = only(programOf([wants('a', 500)]), rates([60, 400]));
  assert.is(row.use, 0.8);
  assert.is(row.mean, 0.4);
});

test('a burst shows at its full height in the window of its length, and halved in one twice as long', () => {
  const row = only(programOf([wants('a', ALL)]), rates([30, CAP], [35, 2 * CAP], [60, CAP]));
  assert.is(row.worst5, 2);
  assert.is(row.worst10, 1.5);
  assert.ok(row.p95 !== null && row.p95 <= 1.5 && row.p95 >= 1.3);
});

test('a burst in the first seconds counts for the start and for nothing else', () => {
  const row = only(programOf([wants('a', ALL)]), rates([10, 3 * CAP], [60, CAP]));
  assert.is(row.start10, 3);
  assert.is(row.worst5, 1);
  assert.is(row.use, 1);
});

test('seconds without a cap are in no window, and those that want all are in no use either', () => {
  const program = programOf([wants('a', ALL)], {
    changes: [
      { atSecond: 30, caps: { a: UNLIMITED } },
      { atSecond: 45, caps: { a: CAP } },
    ],
  });
  const row = only(program, rates([30, CAP], [45, 100 * CAP], [60, CAP]));
  assert.is(row.worst10, 1);
  assert.is(row.worst5, 1);
  assert.is(row.use, 1);
});

test('a window over a new cap is judged by what both caps allowed', () => {
  const program = programOf([wants('a', ALL)], { changes: [{ atSecond: 30, caps: { a: CAP / 2 } }] });
  const kept = only(program, rates([30, CAP], [60, CAP / 2]));
  assert.is(kept.worst10, 1);
  const late = only(program, rates([35, CAP], [60, CAP / 2]));
  assert.is(late.worst5, 2);
});

test('the time to settle runs from the change until five seconds have been near what is feasible', () => {
  const program = programOf([wants('a', 200), wakes('a', 30)]);
  assert.equal(only(program, rates([60, 200]), rates([36, 0], [60, 800])).settle, [6]);
  assert.equal(only(program, rates([60, 200]), rates([30, 0], [60, 800])).settle, [0]);
  assert.equal(only(program, rates([60, 200]), rates([60, 300])).settle, [-1]);
});

test('a change with another soon after it is no settling time', () => {
  const program = programOf([wants('a', 200), wakes('a', 30, 8)]);
  assert.equal(only(program, rates([60, 200]), rates([30, 0], [38, 800], [60, 0])).settle, [0]);
});

test('a late-comer is timed from its first byte to its share', () => {
  const program = programOf([wants('a', ALL), wakes('a', 30)]);
  const row = only(program, rates([38, CAP], [60, 500]), rates([32, 0], [38, 50], [60, 500]));
  assert.equal(row.late, [6]);
});

test('a late-comer that never has nine tenths of its share, or never a byte, is -1', () => {
  const program = programOf([wants('a', ALL), wakes('a', 30)]);
  assert.equal(only(program, rates([60, CAP]), rates([30, 0], [60, 400])).late, [-1]);
  assert.equal(only(program, rates([60, CAP]), rates([60, 0])).late, [-1]);
});

test('those there from the start are no late-comers', () => {
  assert.equal(
    only(programOf([wants('a', ALL), wants('a', ALL)]), rates([60, 500]), rates([60, 500])).late,
    [],
  );
});

test('a sum over all capped trackers comes only where there are several, without late-comers', () => {
  const program = programOf([wants('a', ALL), wants('b', ALL), wants('free', ALL)], {
    trackers: [
      { id: 'a', capBps: CAP },
      { id: 'b', capBps: 3 * CAP },
      { id: 'free', capBps: UNLIMITED },
    ],
  });
  const rows = measure(program, { bytes: [rates([60, CAP]), rates([60, 2 * CAP]), rates([60, 50 * CAP])] });
  assert.equal(
    rows.map(({ id }) => id),
    ['a', 'b', 'all'],
  );
  assert.is(rows[2]?.mean, 0.75);
  assert.equal(rows[2]?.late, []);
});

test.run();
