import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { RolloutProgress } from '../../../machines/service.types.ts';
import type { RememberedRollout } from '../../../src/service/rollout/remembered-rollout.ts';
import { notesOn, notesOnStart, startOf } from '../../../src/service/rollout/rollout-standing.ts';

const test = suite('where rollout stands');
const HOUR = 3_600_000;
const NOW = 1_700_000_000_000;

const progress: RolloutProgress = {
  steps: [
    { percentage: 10, holdMs: HOUR },
    { percentage: 50, holdMs: HOUR },
    { percentage: 100, holdMs: HOUR },
  ],
  gates: { maxApiErrorRate: 0.1, maxCapOvershoot: 1.1, maxLatencyMs: 2000 },
  onGateFailure: 'hold',
  index: 1,
  endsAt: NOW + 600_000,
  percentageBefore: 5,
  gateProblem: null,
  isHeld: false,
};
const left: RememberedRollout = { configuredPercentage: 5, percentage: 50, progress, notes: [] };

test('with nothing remembered a run begins as configured', () => {
  assert.equal(startOf(null, 30, false, NOW), { percentage: 30, rollout: null });
  assert.equal(notesOnStart(null, 30, { percentage: 30, rollout: null }, NOW), []);
});

test('in the middle of a hold, a restart changes neither the step nor its deadline', () => {
  const start = startOf(left, 5, false, NOW);
  assert.equal(start, { percentage: 50, rollout: progress });
  const [note] = notesOnStart(left, 5, start, NOW);
  assert.equal(note, { what: 'went-on', percentage: 50, step: 2, steps: 3, problem: null, at: NOW });
});

test('a deadline that passed while nothing ran is put off only as long as it takes to see whether caps hold', () => {
  const day = 24 * HOUR;
  assert.is(startOf(left, 5, false, NOW + day).rollout?.endsAt, NOW + day + 30_000);
  const short = {
    ...left,
    progress: { ...progress, steps: progress.steps.map((s) => ({ ...s, holdMs: 2_000 })) },
  };
  assert.is(
    startOf(short, 5, false, NOW + day).rollout?.endsAt,
    NOW + day + 2_000,
    'never longer than the step',
  );
});

test('another percentage in the config is the later word', () => {
  const start = startOf(left, 20, false, NOW);
  assert.equal(start, { percentage: 20, rollout: null });
  assert.is(notesOnStart(left, 20, start, NOW)[0]?.what, 'percentage-set');
});

test('a rollback ends the plan, and keeps the percentage', () => {
  const start = startOf(left, 5, true, NOW);
  assert.equal(start, { percentage: 50, rollout: null });
  assert.is(notesOnStart(left, 5, start, NOW)[0]?.what, 'rolled-back');
  const noPlan = { ...left, progress: null };
  assert.equal(notesOnStart(noPlan, 5, startOf(noPlan, 5, true, NOW), NOW), []);
});

const at = (rollout: RolloutProgress | null, more: Partial<Parameters<typeof notesOn>[1]> = {}) => ({
  percentage: rollout?.steps[rollout.index]?.percentage ?? 5,
  rollout,
  rolloutEnd: null,
  rollback: null,
  ...more,
});
const whatOf = (...moments: Parameters<typeof notesOn>) => notesOn(...moments).map(({ what }) => what);

test('each change has its note', () => {
  const next = { ...progress, index: 2 };
  assert.equal(whatOf(at(null), at(progress), NOW), ['started']);
  assert.equal(whatOf(at(progress), at(next), NOW), ['step-begun']);
  assert.equal(whatOf(at(progress), at({ ...progress, isHeld: true }), NOW), ['held']);
  assert.equal(whatOf(at({ ...progress, isHeld: true }), at(progress), NOW), ['continued']);
  assert.equal(whatOf(at({ ...progress, isHeld: true }), at(next), NOW), ['step-begun', 'continued']);
  assert.equal(whatOf(at(progress), at(null, { rolloutEnd: 'aborted' }), NOW), ['aborted']);
  assert.equal(whatOf(at(progress), at(null, { rolloutEnd: 'finished' }), NOW), ['finished']);
  assert.equal(whatOf(at(null), at(null, { percentage: 7 }), NOW), ['percentage-set']);
  assert.equal(whatOf(at(progress), at(progress), NOW), []);
});

test('a gate is reported when it shuts and when it opens, not each time that its reason moves', () => {
  const slow = { ...progress, gateProblem: 'answers in 2100 ms' };
  const slower = { ...progress, gateProblem: 'answers in 2200 ms' };
  assert.equal(notesOn(at(progress), at(slow), NOW)[0]?.problem, 'answers in 2100 ms');
  assert.equal(whatOf(at(slow), at(slower), NOW), []);
  assert.equal(whatOf(at(slower), at(progress), NOW), ['gate-opened']);
});

test('a plan that a gate has rolled back says why', () => {
  const rollback = { by: 'rollout gate', reason: 'a tracker has been over its cap' };
  const [note] = notesOn(at(progress), at(null, { rolloutEnd: 'rolled-back', rollback }), NOW);
  assert.is(note?.what, 'rolled-back');
  assert.is(note?.problem, rollback.reason);
});

test.run();
