import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Claims, shareAt, waterLevel } from '../../src/control/water-level.ts';

interface Claim {
  readonly demandBps: number;
  readonly weight: number;
  readonly floorBps?: number;
}

function claimsOf(list: readonly Claim[]): Claims {
  return {
    demandsBps: list.map(({ demandBps }) => demandBps),
    weights: list.map(({ weight }) => weight),
    floorsBps: list.map(({ floorBps }) => floorBps ?? 0),
  };
}

function levelOf(list: readonly Claim[], capacityBps: number): number {
  return waterLevel(claimsOf(list), capacityBps);
}

function sharesAt(list: readonly Claim[], level: number): number[] {
  return list.map((_, index) => shareAt(claimsOf(list), index, level));
}

const claims = fc.array(
  fc.record({
    demandBps: fc.oneof(fc.double({ min: 0, max: 1e8, noNaN: true }), fc.constant(Number.POSITIVE_INFINITY)),
    weight: fc.double({ min: 0.01, max: 100, noNaN: true }),
  }),
  { maxLength: 60 },
);
const capacity = fc.double({ min: 0, max: 1e8, noNaN: true });

function given(list: readonly Claim[], level: number): number {
  return list.reduce((sum, claim) => sum + Math.min(claim.demandBps, claim.weight * level), 0);
}

test('four torrents that want everything share a cap evenly', () => {
  const all = Array(4).fill({ demandBps: Number.POSITIVE_INFINITY, weight: 1 });
  assert.is(levelOf(all, 4_000_000), 1_000_000);
});

test('what a slow torrent leaves goes to the others', () => {
  const level = levelOf(
    [
      { demandBps: 100, weight: 1 },
      { demandBps: 5_000, weight: 1 },
      { demandBps: 9_000, weight: 1 },
    ],
    2_100,
  );
  assert.is(level, 1_000);
});

test('the level is infinite while all demands fit, and without demands', () => {
  assert.is(levelOf([{ demandBps: 5, weight: 1 }], 10), Number.POSITIVE_INFINITY);
  assert.is(levelOf([], 10), Number.POSITIVE_INFINITY);
  assert.is(waterLevel({ demandsBps: [9, 9, 9] }, 12), 4, 'of equal rights when none are named');
});

test('a floor that is a rounding below its demand takes nothing from the others', () => {
  const list = [
    { demandBps: 1_000_000, weight: 1 },
    { demandBps: 1_001.0000000000001, weight: 3, floorBps: 1_001 },
  ];
  const shares = sharesAt(list, levelOf(list, 500_000));
  assert.ok(Math.abs((shares[0] ?? 0) - 498_999) < 1, String(shares));
});

test('property: shares add up to the capacity when it is short, and never to more', () => {
  fc.assert(
    fc.property(claims, capacity, (list, cap) => {
      const level = levelOf(list, cap);
      const total = given(list, level);
      const tolerance = 1e-6 * Math.max(1, cap);
      if (level === Number.POSITIVE_INFINITY) return total <= cap + tolerance;
      return Math.abs(total - cap) <= tolerance;
    }),
    { numRuns: 2000 },
  );
});

test('property: no claim that wants more has less than another of equal weight (max-min fairness)', () => {
  fc.assert(
    fc.property(claims, capacity, (list, cap) => {
      const level = levelOf(list, cap);
      const equal = list.map((claim) => ({ ...claim, weight: 1 }));
      const flat = levelOf(equal, cap);
      const shares = equal.map((claim) => Math.min(claim.demandBps, flat));
      return (
        level >= 0 &&
        shares.every((share, i) =>
          shares.every((other, j) => i === j || share >= (equal[i]?.demandBps ?? 0) || other <= share),
        )
      );
    }),
    { numRuns: 1000 },
  );
});

test('property: the order of claims and a common factor on the weights change nothing', () => {
  fc.assert(
    fc.property(claims, capacity, fc.integer({ min: 1, max: 1000 }), (list, cap, factor) => {
      const sharesOf = (claims: readonly Claim[]): number[] => {
        const level = levelOf(claims, cap);
        return sharesAt(claims, level);
      };
      const shares = sharesOf(list);
      const reversed = sharesOf([...list].reverse()).reverse();
      const scaled = sharesOf(list.map((claim) => ({ ...claim, weight: claim.weight * factor })));
      const close = (a = 0, b = 0) => a === b || Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a));
      return shares.every((share, i) => close(share, reversed[i]) && close(share, scaled[i]));
    }),
    { numRuns: 1000 },
  );
});

test('property: with floors, shares add up to the capacity, and no claim is below its floor', () => {
  const withFloors = fc.array(
    fc.record({
      demandBps: fc.double({ min: 0, max: 1e7, noNaN: true }),
      weight: fc.double({ min: 0.01, max: 100, noNaN: true }),
      floorBps: fc.double({ min: 0, max: 1e7, noNaN: true }),
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(withFloors, capacity, (list, room) => {
      const floors = list.reduce((sum, claim) => sum + Math.min(claim.floorBps, claim.demandBps), 0);
      const cap = floors + room;
      const level = levelOf(list, cap);
      const shares = sharesAt(list, level);
      const total = shares.reduce((sum, share) => sum + share, 0);
      const tolerance = 1e-6 * Math.max(1, cap);
      for (const [index, claim] of list.entries())
        assert.ok((shares[index] ?? 0) >= Math.min(claim.floorBps, claim.demandBps));
      if (level === Number.POSITIVE_INFINITY) return total <= cap + tolerance;
      return Math.abs(total - cap) <= tolerance;
    }),
    { numRuns: 2000 },
  );
});

test.run();
