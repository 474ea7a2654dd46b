import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkDemand, type DemandProgram, InvalidDemandError, wishAt } from '../../src/simulator/demand.ts';
import { randomFrom } from '../../src/simulator/random.ts';

const random = () => 0.5;

test('a periodic demand comes and goes, and says when it changes', () => {
  const program: DemandProgram = { kind: 'periodic', bps: 500, onMs: 2000, offMs: 3000, phaseMs: 1000 };
  assert.equal(wishAt(program, 0, null, random), { bps: 500, untilMs: 1000 });
  assert.equal(wishAt(program, 1000, 500, random), { bps: 0, untilMs: 4000 });
  assert.equal(wishAt(program, 4000, 0, random), { bps: 500, untilMs: 6000 });
});

test('a waking demand is nothing before its time, and nothing after it', () => {
  const program: DemandProgram = { kind: 'waking', bps: 500, atMs: 2000, forMs: 1000 };
  assert.equal(wishAt(program, 1999, null, random), { bps: 0, untilMs: 2000 });
  assert.equal(wishAt(program, 2000, 0, random), { bps: 500, untilMs: 3000 });
  assert.equal(wishAt(program, 3000, 500, random), { bps: 0, untilMs: Number.POSITIVE_INFINITY });
});

test('a wandering demand moves, and stays between its rates', () => {
  const program: DemandProgram = { kind: 'wandering', fromBps: 100, toBps: 1000, everyMs: 50 };
  const drawn = randomFrom(7);
  const seen = new Set<number>();
  let previous: number | null = null;
  for (let elapsedMs = 0; elapsedMs < 50_000; elapsedMs += 50) {
    previous = wishAt(program, elapsedMs, previous, drawn).bps;
    assert.ok(previous >= 100 && previous <= 1000, `${previous}`);
    seen.add(previous);
  }
  assert.ok(seen.size > 100);
});

test('programs that can never run are refused', () => {
  const refused: DemandProgram[] = [
    { kind: 'constant', bps: -1 },
    { kind: 'constant', bps: Number.NaN },
    { kind: 'periodic', bps: 1, onMs: 0, offMs: 5 },
    { kind: 'wandering', fromBps: 0, toBps: 5, everyMs: 0 },
    { kind: 'wandering', fromBps: 0, toBps: Number.POSITIVE_INFINITY, everyMs: 5 },
  ];
  for (const program of refused) {
    assert.throws(
      () => checkDemand(program),
      (error: unknown) => error instanceof InvalidDemandError && error.program === program,
    );
  }
  checkDemand({ kind: 'constant', bps: Number.POSITIVE_INFINITY });
});

test.run();
