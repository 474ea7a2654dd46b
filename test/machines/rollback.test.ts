import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MachineRig, OBSERVED, PLANNED } from '../support/machine-rig.ts';

async function restoreAll(rig: MachineRig): Promise<void> {
  await rig.end('remember');
  await rig.end('restore', { complete: true });
}

test('a rollback from steady is remembered first, then restores, then nothing is enforced', async () => {
  const rig = new MachineRig();
  await rig.reachSteady();
  rig.rollback();
  assert.equal(rig.state.lifecycle, { rollingBack: 'remembering' });
  assert.is(rig.begun('restore'), 0);
  await rig.end('remember');
  assert.equal(rig.state.lifecycle, { rollingBack: 'restoring' });
  await rig.end('restore', { complete: true });
  assert.is(rig.state.lifecycle, 'rolledBack');
  rig.cycle();
  await rig.end('observe', OBSERVED);
  await rig.end('plan', PLANNED);
  assert.is(rig.state.cycle, 'idle', 'it looks on, and applies nothing');
  assert.is(rig.begun('apply'), 1);
});

for (const step of ['observing', 'planning', 'applying'] as const) {
  test(`a rollback while ${step} ends the cycle and tells its effect to stop`, async () => {
    const rig = new MachineRig();
    await rig.reachSteady();
    rig.cycle();
    if (step !== 'observing') await rig.end('observe', OBSERVED);
    if (step === 'applying') await rig.end('plan', PLANNED);
    assert.is(rig.state.cycle, step);
    const effect = { observing: 'observe', planning: 'plan', applying: 'apply' } as const;
    const running = rig.latest(effect[step]);
    rig.rollback();
    assert.is(rig.state.cycle, 'idle');
    assert.ok(running.signal.aborted);
    rig.cycle();
    assert.is(rig.state.cycle, 'idle', 'none begins while rolling back');
  });
}

test('a rollback while starting or offline is remembered and done once online', async () => {
  const rig = new MachineRig();
  rig.rollback();
  await rig.end('remember');
  assert.equal(rig.state.lifecycle, { rollingBack: 'waiting' });
  await rig.connect();
  assert.equal(rig.state.lifecycle, { rollingBack: 'restoring' });
  await rig.end('restore', { complete: true });
  assert.is(rig.state.lifecycle, 'rolledBack');
});

test('a full disk does not keep a rollback from going on', async () => {
  const rig = new MachineRig();
  await rig.reachSteady();
  rig.rollback();
  await rig.fail('remember', new Error('no space left'));
  assert.equal(rig.state.lifecycle, { rollingBack: 'restoring' });
});

test('an incomplete rollback goes on until it is complete', async () => {
  const rig = new MachineRig();
  await rig.reachSteady();
  rig.rollback();
  await rig.end('remember');
  await rig.end('restore', { complete: false, problem: '3 left', linkLost: false });
  assert.equal(rig.state.lifecycle, { rollingBack: 'retrying' });
  rig.clock.increment(5_000);
  assert.is(rig.begun('restore'), 2);
  await rig.fail('restore', new Error('broke'));
  rig.clock.increment(5_000);
  assert.is(rig.begun('restore'), 3);
  await rig.end('restore', { complete: true });
  assert.is(rig.state.lifecycle, 'rolledBack');
});

test('a rollback that loses the link waits for it', async () => {
  const rig = new MachineRig();
  await rig.reachSteady();
  rig.rollback();
  await rig.end('remember');
  await rig.end('restore', { complete: false, problem: 'gone', linkLost: true });
  assert.equal(rig.state.link, { offline: 'waiting' });
  rig.clock.increment(1_000);
  await rig.end('connect', { ok: false, problem: 'gone', refused: false, retryAfterMs: null });
  rig.clock.increment(5_000);
  await rig.connect();
  assert.equal(rig.state.lifecycle, { rollingBack: 'restoring' });
});

test('a second rollback while one runs changes nothing; afterwards it runs again', async () => {
  const rig = new MachineRig();
  await rig.reachSteady();
  rig.rollback();
  rig.rollback();
  await restoreAll(rig);
  assert.is(rig.begun('remember'), 1);
  rig.rollback();
  await restoreAll(rig);
  assert.is(rig.state.lifecycle, 'rolledBack');
  assert.is(rig.begun('restore'), 2);
});

test('resume enforces again, at once', async () => {
  const rig = new MachineRig();
  await rig.reachSteady();
  rig.rollback();
  await restoreAll(rig);
  rig.actor.send({ type: 'RESUME' });
  assert.is(rig.state.lifecycle, 'steady');
  assert.is(rig.state.cycle, 'observing');
  await rig.runCycle();
  assert.is(rig.begun('apply'), 2);
});

test('a rollback left by a former run is finished first, and a finished one stays in force', async () => {
  const unfinished = new MachineRig({ openRollback: 'unfinished' });
  assert.equal(unfinished.state.lifecycle, { rollingBack: 'waiting' });
  await unfinished.connect();
  assert.equal(unfinished.state.lifecycle, { rollingBack: 'restoring' });

  const finished = new MachineRig({ openRollback: 'finished' });
  await finished.connect();
  await finished.end('observe', OBSERVED);
  await finished.end('plan', PLANNED);
  assert.is(finished.state.lifecycle, 'rolledBack');
  assert.is(finished.begun('apply'), 0);
});

test.run();
