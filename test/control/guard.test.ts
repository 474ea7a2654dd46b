import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { guardLimit, idleGuardOf } from '../../src/control/guard.ts';
import { KIB, MIB, MIN_LIMIT_BPS } from '../../src/control/units.ts';

const CAP = 2 * MIB;

test('one idle torrent of a full tracker may start with 4 % of the cap, many with 15 % together', () => {
  assert.is(guardLimit(CAP, 1), 0.04 * CAP);
  assert.is(guardLimit(CAP, 30), (0.15 * CAP) / 30);
  assert.is(guardLimit(CAP, 1e6), MIN_LIMIT_BPS);
});

test('where much is free, an idle torrent may start with most of that', () => {
  assert.is(idleGuardOf(CAP, guardLimit(CAP, 1), 1400 * KIB, 1).limitBps, 1024 * KIB);
  assert.is(idleGuardOf(CAP, guardLimit(CAP, 1), 1400 * KIB, 2).limitBps, 512 * KIB);
});

test('where little is free, it has the guard of a full tracker', () => {
  const guard = guardLimit(CAP, 1);
  assert.is(idleGuardOf(CAP, guard, 0, 1).limitBps, guard);
  assert.is(idleGuardOf(CAP, guard, 1.5 * guard, 1).limitBps, guard);
});

test('it follows what is free in large steps only', () => {
  const guards = [1000, 1100, 1300, 900].map((kib) => idleGuardOf(CAP, KIB, kib * KIB, 1).limitBps);
  assert.equal(guards, Array(4).fill(512 * KIB));
});

test('should all idle torrents wake at once, 10 s with what they banked stay within what is free', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: MIB / 8, max: 100 * MIB }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 5000 }),
      (capBps, freePart, idle) => {
        const guard = guardLimit(capBps, idle);
        const { limitBps, mostBps } = idleGuardOf(capBps, guard, freePart * capBps, idle);
        assert.ok(limitBps >= guard);
        if (limitBps === guard) return;
        assert.ok(limitBps <= mostBps);
        assert.ok((13 * limitBps * idle) / 10 <= freePart * capBps + 1e-6);
      },
    ),
    { numRuns: 1000 },
  );
});

test.run();
