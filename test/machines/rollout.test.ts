import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { RolloutPlan, RolloutProgress } from '../../machines/service.types.ts';
import { applied, MachineRig } from '../support/machine-rig.ts';

const PLAN: RolloutPlan = {
  steps: [
    { percentage: 10, holdMs: 60_000 },
    { percentage: 50, holdMs: 60_000 },
    { percentage: 100, holdMs: 30_000 },
  ],
  gates: { maxApiErrorRate: 0.1, maxCapOvershoot: 1.1, maxLatencyMs: 2_000 },
  onGateFailure: 'hold',
};

async function rollingOut(plan: Partial<RolloutPlan> = {}): Promise<MachineRig> {
  const rig = new MachineRig({ percentage: 5 });
  await rig.reachSteady();
  rig.actor.send({ type: 'START_ROLLOUT', plan: { ...PLAN, ...plan }, at: 0 });
  await rig.runCycle(applied(1));
  return rig;
}

async function cycleAt(rig: MachineRig, at: number, gateProblem: string | null = null): Promise<void> {
  if (rig.state.cycle === 'idle') rig.cycle();
  await rig.runCycle(applied(at, gateProblem));
}

test('a percentage takes effect with a cycle at once', async () => {
  const rig = new MachineRig();
  await rig.reachSteady();
  rig.actor.send({ type: 'SET_PERCENTAGE', percentage: 25 });
  assert.is(rig.context.percentage, 25);
  assert.is((rig.latest('observe').input as { percentage: number }).percentage, 25);
});

test('steps go on when their time is over and their gate open, and end in steady', async () => {
  const rig = await rollingOut();
  assert.equal(rig.state.lifecycle, { rollingOut: 'advancing' });
  assert.is(rig.context.percentage, 10);
  await cycleAt(rig, 59_999);
  assert.is(rig.context.percentage, 10);
  await cycleAt(rig, 60_000);
  assert.is(rig.context.percentage, 50);
  await rig.runCycle(applied(60_001));
  await cycleAt(rig, 120_000);
  assert.is(rig.context.percentage, 100);
  await rig.runCycle(applied(120_001));
  await cycleAt(rig, 150_000);
  assert.is(rig.state.lifecycle, 'steady');
  assert.is(rig.context.percentage, 100);
  assert.is(rig.context.rollout, null);
});

test('a shut gate holds the step, and says why, until it opens', async () => {
  const rig = await rollingOut();
  await cycleAt(rig, 70_000, 'qBittorrent is slow');
  assert.is(rig.context.percentage, 10);
  assert.is(rig.context.rollout?.gateProblem, 'qBittorrent is slow');
  await cycleAt(rig, 80_000);
  assert.is(rig.context.percentage, 50);
});

test('a shut gate rolls back when the plan says so', async () => {
  const rig = await rollingOut({ onGateFailure: 'rollback' });
  await cycleAt(rig, 10_000, 'the cap did not hold');
  assert.equal(rig.state.lifecycle, { rollingBack: 'remembering' });
  assert.equal(rig.context.rollback, { by: 'rollout gate', reason: 'the cap did not hold' });
});

test('hold stays, continue goes on, advance does not wait', async () => {
  const rig = await rollingOut();
  rig.actor.send({ type: 'HOLD' });
  await cycleAt(rig, 200_000);
  assert.is(rig.context.percentage, 10);
  rig.actor.send({ type: 'CONTINUE' });
  await cycleAt(rig, 200_001);
  assert.is(rig.context.percentage, 50);
  rig.actor.send({ type: 'ADVANCE', at: 200_002 });
  assert.is(rig.context.percentage, 100);
  rig.actor.send({ type: 'ADVANCE', at: 200_003 });
  assert.is(rig.state.lifecycle, 'steady');
});

const LEFT: RolloutProgress = {
  ...PLAN,
  index: 1,
  endsAt: 500_000,
  percentageBefore: 5,
  gateProblem: null,
  isHeld: false,
};

test('a plan that a former run left goes on with the first picture, by its own deadline', async () => {
  const rig = new MachineRig({ percentage: 50, rollout: LEFT });
  assert.is(rig.state.lifecycle, 'starting');
  await rig.connect();
  await rig.runCycle(applied(499_999));
  assert.equal(rig.state.lifecycle, { rollingOut: 'advancing' });
  assert.is(rig.context.percentage, 50);
  await cycleAt(rig, 500_000);
  assert.is(rig.context.percentage, 100);
});

test('one that was held is still held, its deadline past or not', async () => {
  const rig = new MachineRig({ percentage: 50, rollout: { ...LEFT, isHeld: true } });
  await rig.connect();
  await rig.runCycle(applied(900_000));
  assert.equal(rig.state.lifecycle, { rollingOut: 'held' });
  rig.actor.send({ type: 'CONTINUE' });
  await cycleAt(rig, 900_001);
  assert.is(rig.context.percentage, 100);
});

test('a plan that was left can be held, let go on and aborted before qBittorrent has answered', async () => {
  const held = new MachineRig({ percentage: 50, rollout: LEFT });
  held.actor.send({ type: 'HOLD' });
  await held.reachSteady();
  assert.equal(held.state.lifecycle, { rollingOut: 'held' });

  const letGo = new MachineRig({ percentage: 50, rollout: { ...LEFT, isHeld: true } });
  letGo.actor.send({ type: 'CONTINUE' });
  await letGo.reachSteady();
  assert.equal(letGo.state.lifecycle, { rollingOut: 'advancing' });

  const aborted = new MachineRig({ percentage: 50, rollout: LEFT });
  aborted.actor.send({ type: 'ABORT' });
  await aborted.reachSteady();
  assert.is(aborted.state.lifecycle, 'steady');
  assert.is(aborted.context.percentage, 5);
});

test('the gates of the plan under way go with each cycle, and none without a plan', async () => {
  const rig = new MachineRig();
  await rig.reachSteady();
  const given = () => (rig.latest('apply').input as { gates: unknown }).gates;
  assert.is(given(), null);
  rig.actor.send({ type: 'START_ROLLOUT', plan: PLAN, at: 0 });
  await rig.runCycle(applied(1));
  assert.equal(given(), PLAN.gates);
});

test('abort goes back to the percentage before the plan', async () => {
  const rig = await rollingOut();
  rig.actor.send({ type: 'ABORT' });
  assert.is(rig.state.lifecycle, 'steady');
  assert.is(rig.context.percentage, 5);
});

test('a percentage set by hand ends the plan', async () => {
  const rig = await rollingOut();
  rig.actor.send({ type: 'SET_PERCENTAGE', percentage: 33 });
  assert.is(rig.state.lifecycle, 'steady');
  assert.is(rig.context.percentage, 33);
});

test('a plan without steps is refused, and counted', async () => {
  const rig = new MachineRig();
  await rig.reachSteady();
  rig.actor.send({ type: 'START_ROLLOUT', plan: { ...PLAN, steps: [] }, at: 0 });
  assert.is(rig.state.lifecycle, 'steady');
  assert.is(rig.context.dropped, 1);
});

test('to continue what is not held changes nothing, and is not counted as unwanted', async () => {
  const rig = await rollingOut();
  rig.actor.send({ type: 'CONTINUE' });
  assert.equal(rig.state.lifecycle, { rollingOut: 'advancing' });
  assert.is(rig.context.dropped, 0);
});

test.run();
