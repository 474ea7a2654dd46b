import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { equalShares, weightedShares } from '../../src/control/shares.ts';
import { KIB, MIB, UNLIMITED } from '../../src/control/units.ts';

const close = (actual: number, expected: number): boolean =>
  Math.abs(actual - expected) <= 1e-6 * Math.max(1, Math.abs(expected));
const total = (shares: readonly number[]): number => shares.reduce((sum, share) => sum + share, 0);
const inMib = (shares: readonly number[]): string => shares.map((bps) => (bps / MIB).toFixed(3)).join();

const torrents = fc.array(
  fc.record({
    demandBps: fc.oneof(fc.double({ min: 0, max: 1e8, noNaN: true }), fc.constant(UNLIMITED)),
    weight: fc.double({ min: 0.01, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 40 },
);
const available = fc.double({ min: 1024, max: 1e8, noNaN: true });
const demandsOf = (list: readonly { readonly demandBps: number }[]) => list.map(({ demandBps }) => demandBps);
const weightsOf = (list: readonly { readonly weight: number }[]) => list.map(({ weight }) => weight);

test('equal: four that want more have a quarter each', () => {
  assert.is(inMib(equalShares(Array(4).fill(UNLIMITED), 4 * MIB).sharesBps), '1.000,1.000,1.000,1.000');
});

test('weighted: 0.92 is held at 60 % of the cap, the rest is for 0.23', () => {
  const { sharesBps } = weightedShares([UNLIMITED, UNLIMITED], [0.92, 0.23], 6 * MIB, 6 * MIB);
  assert.is(inMib(sharesBps), '3.600,2.400');
});

test('weighted: a torrent alone may have all of it, and so may one beside others that want little', () => {
  assert.is(inMib(weightedShares([UNLIMITED], [0.1], 4 * MIB, 4 * MIB).sharesBps), '4.000');
  const beside = weightedShares([UNLIMITED, 0.5 * MIB], [0.9, 0.1], 4 * MIB, 4 * MIB);
  assert.is(inMib(beside.sharesBps), '3.500,0.500');
});

test('weighted: whoever weighs next to nothing has 10 KiB/s all the same, where the cap allows it', () => {
  const { sharesBps } = weightedShares([UNLIMITED, UNLIMITED, UNLIMITED], [1, 1, 0.01], MIB, MIB);
  assert.is(sharesBps[2], 10 * KIB);
  const narrow = weightedShares(Array(10).fill(UNLIMITED), [0.01, ...Array(9).fill(1)], 20 * KIB, 20 * KIB);
  assert.ok(close(narrow.sharesBps[0] ?? 0, 2 * KIB), `${narrow.sharesBps}`);
});

test('property: weighted shares use all there is when it is short, never more, and no torrent has more than it wants', () => {
  fc.assert(
    fc.property(torrents, available, (list, bps) => {
      const { sharesBps } = weightedShares(demandsOf(list), weightsOf(list), bps, bps);
      const wanted = total(demandsOf(list));
      assert.ok(list.every(({ demandBps }, i) => (sharesBps[i] ?? 0) <= demandBps));
      return close(total(sharesBps), Math.min(wanted, bps));
    }),
    { numRuns: 3000 },
  );
});

test('property: no torrent is above 60 % of the cap while another wants more than it has', () => {
  fc.assert(
    fc.property(torrents, available, (list, bps) => {
      const { sharesBps } = weightedShares(demandsOf(list), weightsOf(list), bps, bps);
      return sharesBps.every(
        (share, i) =>
          share <= 0.6 * bps * (1 + 1e-9) ||
          list.every(({ demandBps }, j) => j === i || (sharesBps[j] ?? 0) >= demandBps * (1 - 1e-9)),
      );
    }),
    { numRuns: 3000 },
  );
});

test('property: of two with equal weight, the one that wants more never has less', () => {
  fc.assert(
    fc.property(torrents, available, (list, bps) => {
      const demands = demandsOf(list);
      for (const { sharesBps } of [
        equalShares(demands, bps),
        weightedShares(demands, Array(list.length).fill(0.5), bps, bps),
      ]) {
        for (const [i, share] of sharesBps.entries())
          for (const [j, other] of sharesBps.entries())
            if ((demands[i] ?? 0) > (demands[j] ?? 0) && share < other * (1 - 1e-9) - 1e-6) return false;
      }
      return true;
    }),
    { numRuns: 2000 },
  );
});

test('property: doubling the weights and turning the order around change nothing', () => {
  fc.assert(
    fc.property(torrents, available, (list, bps) => {
      const once = weightedShares(demandsOf(list), weightsOf(list), bps, bps).sharesBps;
      const doubled = weightedShares(
        demandsOf(list),
        weightsOf(list).map((weight) => 2 * weight),
        bps,
        bps,
      ).sharesBps;
      const turned = [...list].reverse();
      const reversed = weightedShares(demandsOf(turned), weightsOf(turned), bps, bps).sharesBps;
      return once.every(
        (share, i) => close(doubled[i] ?? 0, share) && close(reversed.at(-1 - i) ?? 0, share),
      );
    }),
    { numRuns: 2000 },
  );
});

test.run();
