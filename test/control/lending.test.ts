import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type LendingTracker, type Loan, lend, type SoftSettings } from '../../src/control/lending.ts';
import { MIB, UNLIMITED } from '../../src/control/units.ts';

const SOFT: SoftSettings = {
  borrowThresholdRatio: 0.9,
  maxBorrowFraction: 0.5,
  smoothingAlpha: 0.4,
  minEffectiveDelta: 0.1,
};

const NOW = 1_700_000_000_000;

interface Side extends Partial<LendingTracker> {
  readonly id: string;
}

function trackerOf(side: Side, before: ReadonlyMap<string, Loan>, soft = SOFT): LendingTracker {
  return {
    capBps: MIB,
    priority: 5,
    mayBorrow: false,
    maxLoanBps: soft.maxBorrowFraction * (side.capBps ?? MIB),
    wantBps: 0,
    usageBps: 0,
    before: before.get(side.id) ?? null,
    ...side,
  };
}

/** So many cycles that all see the same. */
function after(cycles: number, sides: readonly Side[], soft = SOFT, from = new Map<string, Loan>()) {
  let loans: ReadonlyMap<string, Loan> = from;
  for (let cycle = 0; cycle < cycles; cycle += 1)
    loans = lend(
      sides.map((side) => trackerOf(side, loans, soft)),
      soft,
      NOW,
    );
  return (id: string): Loan => {
    const loan = loans.get(id);
    if (loan === undefined) throw new Error(`there is no loan of ${id}`);
    return loan;
  };
}

const A = { id: 'a', capBps: 4 * MIB, wantBps: MIB, usageBps: MIB };
const B = {
  id: 'b',
  capBps: 2 * MIB,
  wantBps: UNLIMITED,
  usageBps: 2 * MIB,
  priority: 10,
  mayBorrow: true,
};

test('B at its cap of 2 borrows 1, half its cap, of what A leaves of its 4: exactly', () => {
  const loans = after(10, [A, B]);
  assert.is(loans('b').borrowedBps, MIB);
  assert.is(loans('b').grantedBps, 3 * MIB);
  assert.is(loans('a').lentBps, MIB);
  assert.is(loans('a').borrowedBps, 0);
});

test('a loan grows by smoothing: two fifths of the way in the first cycle', () => {
  assert.ok(Math.abs(after(1, [A, B])('b').borrowedBps - 0.4 * MIB) < 1);
});

test('the gate can not make a loan stick short of its target', () => {
  for (const minEffectiveDelta of [0, 0.01, 0.1, 0.5, 1]) {
    const { borrowedBps } = after(60, [A, B], { ...SOFT, minEffectiveDelta })('b');
    assert.ok(Math.abs(borrowedBps - MIB) < 1, `gate ${minEffectiveDelta}: ${borrowedBps}`);
  }
});

test('a tracker whose machine does not say that it presses borrows nothing', () => {
  assert.is(after(10, [A, { ...B, mayBorrow: false }])('b').borrowedBps, 0);
});

test('no tracker borrows more than it needs', () => {
  const { borrowedBps } = after(10, [A, { ...B, wantBps: 2.3 * MIB }])('b');
  assert.ok(Math.abs(borrowedBps - 0.3 * MIB) < 1);
});

test('an idle tracker lends nearly all of its cap', () => {
  const idle = { id: 'idle', capBps: 4 * MIB };
  const loans = after(20, [idle, B], { ...SOFT, maxBorrowFraction: 1 });
  assert.is(loans('b').borrowedBps, 2 * MIB);
  const many = ['x', 'y', 'z'].map((id) => ({ ...B, id }));
  const all = after(40, [idle, ...many], { ...SOFT, maxBorrowFraction: 1 });
  assert.ok(all('idle').lentBps >= 0.9 * 4 * MIB, `${all('idle').lentBps / MIB}`);
});

test('two borrowers share a short pool by priority and need', () => {
  const lender = { id: 'lender', capBps: MIB };
  const high = { ...B, id: 'high', priority: 10 };
  const low = { ...B, id: 'low', priority: 5 };
  const loans = after(40, [lender, high, low]);
  assert.ok(Math.abs(loans('high').borrowedBps / loans('low').borrowedBps - 2) < 0.1);
});

test('a lender that wakes gets its cap back in the same cycle, less what the borrower still uses', () => {
  const lent = after(10, [A, B]);
  const wakes = { ...A, wantBps: UNLIMITED, usageBps: 3 * MIB };
  const before = new Map(['a', 'b'].map((id): [string, Loan] => [id, lent(id)]));
  const full = after(1, [wakes, { ...B, usageBps: 3 * MIB }], SOFT, before);
  assert.is(full('b').grantedBps, 2 * MIB, 'taking back is not smoothed');
  assert.is(full('a').grantedBps, 3 * MIB, 'the borrower still uses 1 MiB/s of it');
  const half = after(1, [wakes, { ...B, usageBps: 2.5 * MIB }], SOFT, before);
  assert.is(half('a').grantedBps, 3.5 * MIB);
  const back = new Map(['a', 'b'].map((id): [string, Loan] => [id, full(id)]));
  assert.is(after(1, [wakes, { ...B, usageBps: 1.9 * MIB }], SOFT, back)('a').grantedBps, 4 * MIB);
});

test('a cap that is lowered is no loan: no other tracker pays for what its torrents still use', () => {
  const before = new Map(
    ['a', 'b'].map((id): [string, Loan] => [id, after(1, [A, { ...B, wantBps: MIB }])(id)]),
  );
  const lowered = { ...A, capBps: MIB, wantBps: UNLIMITED, usageBps: 8 * MIB, mayBorrow: true };
  const loans = after(1, [lowered, { ...B, wantBps: MIB, mayBorrow: false }], SOFT, before);
  assert.ok(loans('b').grantedBps >= 1.8 * MIB, `${loans('b').grantedBps}`);
});

test('a loan that is never given back is not waited for any longer than fifteen seconds', () => {
  const sides = [
    { ...A, wantBps: UNLIMITED },
    { ...B, mayBorrow: false, usageBps: 3 * MIB },
  ];
  let loans: ReadonlyMap<string, Loan> = new Map(
    ['a', 'b'].map((id): [string, Loan] => [id, after(10, [A, B])(id)]),
  );
  const grants: number[] = [];
  for (let second = 0; second <= 20; second += 2) {
    loans = lend(
      sides.map((side) => trackerOf(side, loans)),
      SOFT,
      NOW + second * 1000,
    );
    grants.push((loans.get('a')?.grantedBps ?? 0) / MIB);
  }
  assert.equal(grants, [3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4]);
});

test('without a gate too, a loan that is not needed any more ends', () => {
  const soft = { ...SOFT, minEffectiveDelta: 0 };
  const lent = after(20, [A, B], soft);
  const before = new Map(['a', 'b'].map((id): [string, Loan] => [id, lent(id)]));
  const idle = { ...B, wantBps: MIB };
  assert.is(after(40, [A, idle], soft, before)('b').borrowedBps, 0);
});

test('property: whatever the sequence, what is granted and still used together is no more than the caps', () => {
  const rate = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e7, noNaN: true }), fc.constant(UNLIMITED));
  const step = fc.array(
    fc.record({
      wantBps: rate,
      usageBps: fc.double({ min: 0, max: 2e7, noNaN: true }),
      mayBorrow: fc.boolean(),
      priority: fc.integer({ min: 1, max: 10 }),
    }),
    { minLength: 4, maxLength: 4 },
  );
  const caps = fc.array(fc.integer({ min: 1024, max: 10_000_000 }), { minLength: 4, maxLength: 4 });
  const soft = fc.record({
    borrowThresholdRatio: fc.constant(0.9),
    maxBorrowFraction: fc.double({ min: 0, max: 1, noNaN: true }),
    smoothingAlpha: fc.double({ min: 0.01, max: 1, noNaN: true }),
    minEffectiveDelta: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(caps, fc.array(step, { minLength: 1, maxLength: 12 }), soft, (capsBps, steps, settings) => {
      let loans: ReadonlyMap<string, Loan> = new Map();
      const sumOfCaps = capsBps.reduce((sum, cap) => sum + cap, 0);
      for (const sides of steps) {
        const trackers = sides.map((side, i) =>
          trackerOf({ id: `${i}`, capBps: capsBps[i] ?? 0, ...side }, loans, settings),
        );
        loans = lend(trackers, settings, NOW);
        const all = [...loans.values()];
        const granted = all.reduce((sum, loan) => sum + loan.grantedBps + loan.returningBps, 0);
        const borrowed = all.reduce((sum, { borrowedBps }) => sum + borrowedBps, 0);
        const lent = all.reduce((sum, { lentBps }) => sum + lentBps, 0);
        assert.ok(granted <= sumOfCaps * (1 + 1e-9) + 1e-3, `granted ${granted} of ${sumOfCaps}`);
        assert.ok(Math.abs(borrowed - lent) <= 1e-6 * sumOfCaps);
        for (const [i, loan] of all.entries()) {
          const cap = capsBps[i] ?? 0;
          assert.ok(loan.grantedBps >= cap - loan.lentBps - loan.owedBps - 1e-6);
          assert.ok(loan.borrowedBps <= settings.maxBorrowFraction * cap * (1 + 1e-9));
          assert.ok(loan.lentBps <= cap && (loan.lentBps === 0 || loan.borrowedBps === 0));
        }
      }
    }),
    { numRuns: 5000 },
  );
});

test('property: the order of trackers changes nothing', () => {
  const side = fc.record({
    capBps: fc.integer({ min: 1024, max: 10_000_000 }),
    wantBps: fc.double({ min: 0, max: 1e7, noNaN: true }),
    mayBorrow: fc.boolean(),
    priority: fc.integer({ min: 1, max: 10 }),
  });
  fc.assert(
    fc.property(fc.array(side, { maxLength: 8 }), (list) => {
      const trackers = list.map((each, i) => trackerOf({ id: `${i}`, ...each }, new Map()));
      const once = lend(trackers, SOFT, NOW);
      const turned = lend([...trackers].reverse(), SOFT, NOW);
      return [...once].every(
        ([id, { grantedBps }]) => Math.abs((turned.get(id)?.grantedBps ?? 0) - grantedBps) <= 1,
      );
    }),
    { numRuns: 2000 },
  );
});

test.run();
