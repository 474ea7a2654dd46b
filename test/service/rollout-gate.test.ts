import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TrackerReport } from '../../src/control/types.ts';
import { UNLIMITED } from '../../src/control/units.ts';
import { RolloutGate } from '../../src/service/rollout-gate.ts';

const test = suite('rollout gate');
const LIMITS = {
  maxApiErrorRate: 0.1,
  maxCapOvershoot: 1.1,
  maxLatencyMs: 500,
};

function cycle(
  gate: RolloutGate,
  usageBps: number,
  tracker: Partial<TrackerReport> = {},
  percentage = 10,
): void {
  const report = { id: 'alpha', capBps: 1000, effectiveCapBps: 1000, usageBps, outsideBps: 0, ...tracker };
  gate.noteCycle([{ cannotHold: null, ...report } as TrackerReport], percentage, LIMITS);
}

test('open at first, and while calls succeed, answer quickly and caps hold', () => {
  const gate = new RolloutGate();
  assert.is(gate.problem(LIMITS), null);
  for (let n = 0; n < 50; n += 1) {
    gate.noteCall(true, 100);
    cycle(gate, 1099);
  }
  assert.is(gate.problem(LIMITS), null);
});

test('shut by more errors than allowed among the last 200 calls, and open when they are past', () => {
  const gate = new RolloutGate();
  for (let n = 0; n < 100; n += 1) gate.noteCall(n % 9 !== 0, 1);
  assert.match(
    gate.problem(LIMITS) ?? '',
    /12 of the last 100 calls to qBittorrent failed \(allowed: 10 %\)/,
  );
  for (let n = 0; n < 200; n += 1) gate.noteCall(true, 1);
  assert.is(gate.problem(LIMITS), null);
});

test('shut by slow answers, not by one of them', () => {
  const gate = new RolloutGate();
  gate.noteCall(true, 2000);
  assert.is(gate.problem(LIMITS), null);
  for (let n = 0; n < 20; n += 1) gate.noteCall(true, 2000);
  assert.match(gate.problem(LIMITS) ?? '', /answers in \d+ ms \(allowed: 500 ms\)/);
});

test('shut by a cap that does not hold for five cycles, and open when it has held for as many', () => {
  const gate = new RolloutGate();
  for (let n = 0; n < 4; n += 1) cycle(gate, 1200);
  assert.is(gate.problem(LIMITS), null);
  cycle(gate, 1200);
  assert.match(gate.problem(LIMITS) ?? '', /over 1.1 times its cap in most of the latest cycles/);
  for (let n = 0; n < 4; n += 1) {
    cycle(gate, 900);
    assert.is.not(gate.problem(LIMITS), null, `a good cycle is no cap that holds: ${n + 1}`);
  }
  cycle(gate, 900);
  assert.is(gate.problem(LIMITS), null);
});

test('shut by a cap that is exceeded in most cycles, though never in five in a row; one half of them is measurement', () => {
  const gate = new RolloutGate();
  for (let n = 0; n < 40; n += 1) cycle(gate, n % 2 === 0 ? 1200 : 900);
  assert.is(gate.problem(LIMITS), null);
  for (let n = 0; n < 20; n += 1) cycle(gate, n % 5 === 4 ? 900 : 1200);
  assert.is.not(gate.problem(LIMITS), null);
});

test('an unlimited tracker has no cap to hold', () => {
  const gate = new RolloutGate();
  for (let n = 0; n < 9; n += 1) cycle(gate, 1e9, { capBps: UNLIMITED, effectiveCapBps: UNLIMITED });
  assert.is(gate.problem(LIMITS), null);
});

test('during a partial rollout only what is managed counts, against what the others leave of the cap', () => {
  const gate = new RolloutGate();
  for (const outside of [
    { outsideBps: 1500 },
    { outsideBps: 1000 },
    { outsideBps: 990, cannotHold: 'rollout' as const },
  ]) {
    for (let n = 0; n < 9; n += 1) cycle(gate, 1600, outside);
    assert.is(gate.problem(LIMITS), null, 'nothing that the rollout could hold');
  }
  for (let n = 0; n < 5; n += 1) cycle(gate, 1040, { outsideBps: 800 });
  assert.match(gate.problem(LIMITS) ?? '', /most of the latest cycles/, '240 managed, where 200 are left');
  for (let n = 0; n < 5; n += 1) cycle(gate, 1010, { outsideBps: 800 });
  assert.is(gate.problem(LIMITS), null);
});

test('another percentage or another cap begins the count anew', () => {
  const gate = new RolloutGate();
  for (let n = 0; n < 4; n += 1) cycle(gate, 1200);
  cycle(gate, 1200, {}, 20);
  assert.is(gate.problem(LIMITS), null);
  for (let n = 0; n < 3; n += 1) cycle(gate, 1200, {}, 20);
  cycle(gate, 1200, { capBps: 900, effectiveCapBps: 900 }, 20);
  assert.is(gate.problem(LIMITS), null);
});

test.run();
