/** Rollout over restarts of the whole service, its time turned by the test. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Clock, systemClock } from '../../../src/service/clock.ts';
import { OperationRefused } from '../../../src/service/operations.ts';
import { eventually, MIB, Rig, type RigOptions, sleepers } from '../../support/service-rig.ts';

const HOST = 'alpha.example';
const HOUR_S = 3600;
const test = suite('rollout and restarts');

/** Time, which the test can let pass at once. */
class TurnedClock implements Clock {
  aheadMs = 0;
  now = () => systemClock.now() + this.aheadMs;
  monotonic = () => systemClock.monotonic() + this.aheadMs;
  sleep = systemClock.sleep;
}

const STEPS = [
  { percentage: 10, hold: HOUR_S },
  { percentage: 60, hold: HOUR_S },
  { percentage: 100, hold: HOUR_S },
];

function withPlan(
  rollout: Record<string, unknown>,
  body: (rig: Rig, clock: TurnedClock) => Promise<void>,
  more: Partial<RigOptions> = {},
): Promise<void> {
  const clock = new TurnedClock();
  const options = {
    caps: { [HOST]: 4 * MIB },
    torrents: sleepers(HOST, 8),
    global: { rollout_percentage: 5 },
  };
  return Rig.with({ ...options, rollout: { steps: STEPS, ...rollout }, clock, ...more }, (rig) =>
    body(rig, clock),
  );
}

async function restarted(rig: Rig): Promise<void> {
  await rig.restart();
  await rig.next('cycle:finished');
}

function rolloutOf(
  rig: Rig,
): { step: number; ends_at: string; held: boolean; gate_problem: string | null } | null {
  return (rig.operations.state().service as { rollout: ReturnType<typeof rolloutOf> }).rollout;
}

const pageOf = (kind: 'rollout' | 'rollback', limit: number) =>
  ({ kind, offset: 0, limit, tracker: null, search: '' }) as const;

async function notesOf(rig: Rig): Promise<string[]> {
  const { items } = await rig.operations.journalPage(pageOf('rollout', 100));
  return (items as { what: string }[]).map(({ what }) => what);
}

/** qBittorrent is away for one call; no cycle notices. */
async function oneCallFails(rig: Rig): Promise<void> {
  await rig.simulator.stop();
  const look = () => rig.service.picture.refresh('read', true, new AbortController().signal);
  assert.instance(await look().catch((error: unknown) => error), Error);
  await rig.simulator.start();
  await look();
}

test('a percentage set by hand outlives restarts, until the config has another', async () => {
  await withPlan({}, async (rig) => {
    const answer = await rig.operations.rollout({ percentage: 40 });
    assert.is(answer.until_restart, false);
    await restarted(rig);
    assert.is(rig.service.percentage, 40);
    rig.configure({ rollout_percentage: 70 });
    await restarted(rig);
    assert.is(rig.service.percentage, 70);
    rig.configure({ rollout_percentage: 5 });
    await restarted(rig);
    assert.is(rig.service.percentage, 5, 'what was set by hand before counts no more');
  });
});

test('a restart in the middle of a hold goes on with the same step and deadline', async () => {
  await withPlan({}, async (rig, clock) => {
    await rig.operations.rollout({ action: 'start' });
    await rig.operations.rollout({ action: 'advance' });
    const before = rolloutOf(rig);
    clock.aheadMs += (HOUR_S / 2) * 1000;
    await restarted(rig);
    assert.equal(rig.service.lifecycle, 'rollingOut.advancing');
    assert.is(rig.service.percentage, 60);
    assert.equal(rolloutOf(rig), before);
    assert.equal(await notesOf(rig), ['went-on', 'step-begun', 'started']);
    clock.aheadMs += (HOUR_S / 2) * 1000;
    await rig.cycle();
    assert.is(rig.service.percentage, 100, 'an hour after it began');
    await rig.operations.rollout({ action: 'abort' });
    assert.is(rig.service.percentage, 5);
  });
});

test('a deadline long past ends its step after half a minute of watching, and never two steps at once', async () => {
  await withPlan({}, async (rig, clock) => {
    await rig.operations.rollout({ action: 'start' });
    clock.aheadMs += 10 * HOUR_S * 1000;
    await restarted(rig);
    await rig.cycle();
    assert.is(rig.service.percentage, 10);
    clock.aheadMs += 30_000;
    await rig.cycle();
    assert.is(rig.service.percentage, 60);
    await rig.cycle();
    assert.is(rig.service.percentage, 60);
  });
});

test('a plan held by hand is held after a restart too', async () => {
  await withPlan({}, async (rig, clock) => {
    await rig.operations.rollout({ action: 'start' });
    await rig.operations.rollout({ action: 'hold' });
    clock.aheadMs += 2 * HOUR_S * 1000;
    await restarted(rig);
    assert.is(rig.service.lifecycle, 'rollingOut.held');
    await rig.operations.rollout({ action: 'continue' });
    clock.aheadMs += 31_000;
    await rig.cycle();
    assert.is(rig.service.percentage, 60);
  });
});

test('a plan goes on by what it was started with, whatever the config says by then', async () => {
  await withPlan({ steps: [] }, async (rig, clock) => {
    const refusal = await rig.operations.rollout({ action: 'start' }).catch((error: unknown) => error);
    assert.is((refusal as OperationRefused).code, 'no_steps');
    const { rollout } = rig.service.live.config;
    const plan = { ...rollout, steps: [{ percentage: 30, hold: 60 }], on_gate_failure: 'rollback' as const };
    await rig.operations.rollout({ action: 'start', plan });
    await restarted(rig);
    assert.is(rig.service.percentage, 30);
    clock.aheadMs += 61_000;
    await rig.cycle();
    assert.is(rig.service.lifecycle, 'steady');
    assert.equal((await notesOf(rig)).slice(0, 2), ['finished', 'went-on']);
  });
});

test('a gate that fails holds the step when so configured, and says why everywhere', async () => {
  await withPlan({ max_api_error_rate: 0, on_gate_failure: 'hold' }, async (rig, clock) => {
    const begun = rig.next('cycle:finished');
    await rig.operations.rollout({ action: 'start' });
    await begun;
    await oneCallFails(rig);
    clock.aheadMs += HOUR_S * 1000;
    const told = rig.next('rollout:changed', ({ what }) => what === 'gate-shut');
    await rig.cycle();
    const { problem } = await told;
    assert.match(problem ?? '', /^1 of the last \d+ calls to qBittorrent failed \(allowed: 0 %\)/);
    assert.is(rig.service.percentage, 10);
    assert.is(rolloutOf(rig)?.gate_problem, problem);
    const { items } = await rig.operations.journalPage(pageOf('rollout', 1));
    assert.is((items as { problem: string }[])[0]?.problem, problem);
  });
});

test('a gate that fails rolls back when so configured; the plan does not come back with a restart', async () => {
  await withPlan({ max_api_error_rate: 0, on_gate_failure: 'rollback' }, async (rig) => {
    const begun = rig.next('cycle:finished');
    await rig.operations.rollout({ action: 'start' });
    await begun;
    await oneCallFails(rig);
    const finished = rig.next('rollback:finished');
    await rig.operations.forceCycle().catch(() => undefined);
    const { by, reason } = await finished;
    assert.is(by, 'rollout gate');
    assert.match(reason, /^1 of the last \d+ calls to qBittorrent failed/);
    await eventually('rolled back', () => rig.service.lifecycle === 'rolledBack');
    assert.ok(rig.limits.every((limit) => limit === 0));
    assert.is((await notesOf(rig))[0], 'rolled-back');
    const { items } = await rig.operations.journalPage(pageOf('rollback', 1));
    assert.is((items as { reason: string }[])[0]?.reason, reason);
    await rig.restart();
    assert.is(rig.service.lifecycle, 'rolledBack');
    await rig.operations.resume();
    await eventually('steady', () => rig.service.lifecycle === 'steady');
    assert.is(rolloutOf(rig), null);
  });
});

test('where the file cannot be written, the answer, /state and the log say that a restart forgets it', async () => {
  await withPlan({}, async (rig) => {
    rig.rollouts.save = async () => {
      throw new Error('ENOSPC: no space left on device');
    };
    const answer = await rig.operations.rollout({ percentage: 40 });
    assert.is(answer.until_restart, true);
    await rig.operations.rollout({ percentage: 41 });
    assert.is(rig.count('rollout:not-remembered'), 1);
    const { rollout_problem } = rig.operations.state().service as { rollout_problem: string };
    assert.match(rollout_problem, /ENOSPC/);
  });
});

test('steering without a plan is refused with a reason', async () => {
  await withPlan({}, async (rig) => {
    for (const action of ['advance', 'hold', 'continue', 'abort'] as const) {
      const refusal = await rig.operations.rollout({ action }).catch((error: unknown) => error);
      assert.instance(refusal, OperationRefused);
      assert.is((refusal as OperationRefused).code, 'no_rollout');
    }
  });
});

test.run();
