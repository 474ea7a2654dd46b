import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { StatsClock } from '../../src/control/stats-clock.ts';

const PERIOD = 1_500;
const BPS = 1_000_000;

/** Polls of a client that refreshes every 1.5 s, `phase` ms after 0, and always sends 1 MB/s. */
function rates(polls: readonly number[], phase: number): number[] {
  const clock = new StatsClock();
  const instants = polls.map((at) => {
    const refreshedAt = Math.floor((at - phase) / PERIOD) * PERIOD + phase;
    const sessionBytes = (refreshedAt * BPS) / 1000;
    const instant = clock.read({ at, refreshIntervalMs: PERIOD, sessionBytes, sessionSpeedBps: BPS });
    return { instant, sessionBytes };
  });
  return instants.slice(1).map(({ instant, sessionBytes }, index) => {
    const before = instants[index];
    return before === undefined
      ? 0
      : ((sessionBytes - before.sessionBytes) * 1000) / (instant - before.instant);
  });
}

test('a steady upload has a steady rate, though polls see one step or two', () => {
  const polls = Array.from({ length: 30 }, (_, index) => 10_000 + index * 2_000);
  for (const rate of rates(polls, 0).slice(5)) assert.ok(Math.abs(rate / BPS - 1) < 0.02, `${rate}`);
});

test('property: whatever the phase and the jitter of polls, single rates are off by less than a quarter', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: PERIOD - 1 }),
      fc.array(fc.integer({ min: 1_900, max: 2_300 }), { minLength: 30, maxLength: 60 }),
      (phase, gaps) => {
        let at = 20_000;
        const polls = gaps.map((gap) => (at += gap));
        return rates(polls, phase)
          .slice(12)
          .every((rate) => Math.abs(rate / BPS - 1) < 0.25);
      },
    ),
    { numRuns: 2000 },
  );
});

test('property: instants never go back, nor into the future, nor further back than one refresh', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          gap: fc.integer({ min: 0, max: 20_000 }),
          bytes: fc.option(fc.integer({ min: 0, max: 1e9 })),
          speed: fc.option(fc.integer({ min: 0, max: 1e8 })),
        }),
        { maxLength: 40 },
      ),
      (polls) => {
        const clock = new StatsClock();
        let at = 0;
        let last = Number.NEGATIVE_INFINITY;
        return polls.every(({ gap, bytes, speed }) => {
          at += gap;
          const instant = clock.read({
            at,
            refreshIntervalMs: PERIOD,
            sessionBytes: bytes,
            sessionSpeedBps: speed,
          });
          // A client that is late with its refresh has shown nothing newer than the instant before.
          const recent = instant >= at - PERIOD - 100 || instant === last;
          const fine = instant >= last && instant <= at && recent;
          last = instant;
          return fine;
        });
      },
    ),
    { numRuns: 1000 },
  );
});

test.run();
