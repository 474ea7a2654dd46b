import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MIB, UNLIMITED } from '../../src/control/units.ts';
import { ALL, programOf, wants } from './plain-program.ts';
import type { Program } from './program.ts';
import { worldOf } from './world.ts';

const test = suite('lab world');

test('a torrent wants no more than its own limit', () => {
  const world = worldOf(programOf([wants('a', ALL, 300), wants('a', 200, 900)]), 1);
  assert.equal(world.wishes, [[300], [200]]);
  assert.equal(world.feasible.get('a'), [500]);
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
