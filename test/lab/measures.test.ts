import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MIB, UNLIMITED } from '../../src/control/units.ts';
import { measure, type TrackerMeasure, worldOf } from './measures.ts';
import type { Program, ProgramTorrent } from './program.ts';

const test = suite('lab measures');

const ALL = Number.POSITIVE_INFINITY;
const CAP = 1000;

function wants(tracker: string, bps: number, ownLimitBps?: number): ProgramTorrent {
  return {
    tracker,
    demand: { kind: 'constant', bps },
    ...(ownLimitBps === undefined ? {} : { ownLimitBps }),
  };
}

function wakes(tracker: string, second: number, forSeconds?: number): ProgramTorrent {
  const base = { kind: 'waking', bps: ALL, atMs: second * 1000 } as const;
  return { tracker, demand: forSeconds === undefined ? base : { ...base, forMs: forSeconds * 1000 } };
}

function programOf(torrents: readonly ProgramTorrent[], more: Partial<Program> = {}): Program {
  return {
    name: 'test',
    about: '',
    strategy: 'equal',
    seconds: 60,
    trackers: [{ id: 'a', capBps: CAP }],
    torrents,
    ...more,
  };
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

test('a torrent wants no more than its own limit', () => {
  const world = worldOf(programOf([wants('a', ALL, 300), wants('a', 200, 900)]), 1);
  assert.equal(world.wishes, [[300], [200]]);
  assert.equal(world.feasible.get('a'), [500]);
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

/** A cap of 4 that uses 1, and one of 2 that wants more. */
function lending(wantedMib: number, more: Partial<Program> = {}): ReadonlyMap<string, readonly number[]> {
  const program = programOf([wants('lender', MIB), wants('borrower', wantedMib * MIB)], {
    trackers: [
      { id: 'lender', capBps: 4 * MIB },
      { id: 'borrower', capBps: 2 * MIB },
    ],
    strategy: 'soft',
    ...more,
  });
  return worldOf(program, 1).feasible;
}

test('under soft a tracker may have what others leave, up to its fraction', () => {
  assert.equal(lending(3).get('borrower'), [3 * MIB]);
  assert.equal(lending(ALL).get('borrower'), [3 * MIB]);
  assert.equal(lending(2.5).get('borrower'), [2.5 * MIB]);
  assert.equal(lending(ALL, { maxBorrowFraction: 1 }).get('borrower'), [4 * MIB]);
  assert.equal(lending(ALL).get('lender'), [MIB]);
});

test('under equal and weighted nothing is lent', () => {
  assert.equal(lending(3, { strategy: 'equal' }).get('borrower'), [2 * MIB]);
  assert.equal(lending(3, { strategy: 'weighted' }).get('borrower'), [2 * MIB]);
});

test('a change of strategy counts from its second on', () => {
  const program = programOf([wants('lender', MIB), wants('borrower', ALL)], {
    trackers: [
      { id: 'lender', capBps: 4 * MIB },
      { id: 'borrower', capBps: 2 * MIB },
    ],
    changes: [{ atSecond: 1, strategy: 'soft' }],
  });
  assert.equal(worldOf(program, 2).feasible.get('borrower'), [2 * MIB, 3 * MIB]);
});

test('what is lent is never more than what is left, and unlimited trackers take no part', () => {
  const program = programOf(
    [wants('lender', 3.5 * MIB), wants('b', ALL), wants('c', ALL), wants('free', ALL)],
    {
      trackers: [
        { id: 'lender', capBps: 4 * MIB },
        { id: 'b', capBps: 2 * MIB },
        { id: 'c', capBps: 2 * MIB },
        { id: 'free', capBps: UNLIMITED },
      ],
      strategy: 'soft',
    },
  );
  const { feasible } = worldOf(program, 1);
  assert.equal(feasible.get('b'), [2.25 * MIB]);
  assert.equal(feasible.get('c'), [2.25 * MIB]);
});

test.run();
