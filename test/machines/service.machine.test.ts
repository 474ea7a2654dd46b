import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { applied, MachineRig, OBSERVED, PLANNED } from '../support/machine-rig.ts';

test('it connects, takes the first full picture and is steady', async () => {
  const rig = new MachineRig();
  assert.equal(rig.state, { lifecycle: 'starting', link: 'connecting', cycle: 'idle' });
  await rig.connect();
  assert.is(rig.state.link, 'online');
  assert.is(rig.state.cycle, 'observing');
  assert.ok((rig.latest('observe').input as { full: boolean }).full);
  await rig.end('observe', OBSERVED);
  assert.is(rig.state.lifecycle, 'steady');
  await rig.end('plan', PLANNED);
  assert.is(rig.state.cycle, 'applying');
  await rig.end('apply', applied());
  assert.equal(rig.state, { lifecycle: 'steady', link: 'online', cycle: 'idle' });
});

test('requests that come during a cycle merge into one that follows at once', async () => {
  const rig = new MachineRig();
  await rig.reachSteady();
  rig.cycle();
  rig.actor.send({ type: 'CYCLE', origins: ['webhook'], full: false });
  rig.actor.send({ type: 'CYCLE', origins: ['force'], full: true });
  rig.actor.send({ type: 'CYCLE', origins: ['webhook'], full: false });
  assert.is(rig.begun('observe'), 2, 'only one runs');
  await rig.runCycle();
  assert.is(rig.begun('observe'), 3);
  const input = rig.latest('observe').input as { origins: string[]; full: boolean };
  assert.equal(input.origins, ['webhook', 'force']);
  assert.ok(input.full);
  await rig.runCycle();
  assert.is(rig.state.cycle, 'idle');
});

test('a read that fails changes nothing and the next cycle tries again', async () => {
  const rig = new MachineRig();
  await rig.reachSteady();
  rig.cycle();
  await rig.end('observe', { ok: false, problem: 'not JSON', linkLost: false });
  assert.equal(rig.state, { lifecycle: 'steady', link: 'online', cycle: 'idle' });
  assert.is(rig.context.cycleProblem, 'not JSON');
  assert.is(rig.begun('plan'), 1);
  rig.cycle();
  await rig.runCycle();
  assert.is(rig.context.cycleProblem, null);
});

test('an effect that throws is a failed cycle, not the end of the machine', async () => {
  const rig = new MachineRig();
  await rig.reachSteady();
  for (const name of ['observe', 'plan', 'apply'] as const) {
    rig.cycle();
    if (name !== 'observe') await rig.end('observe', OBSERVED);
    if (name === 'apply') await rig.end('plan', PLANNED);
    await rig.fail(name, new Error(`${name} broke`));
    assert.is(rig.state.cycle, 'idle', name);
    assert.match(rig.context.cycleProblem ?? '', `${name} broke`);
    assert.is(rig.actor.getSnapshot().status, 'active');
  }
});

test('a lost link ends the cycle and is tried again with growing back-off', async () => {
  const rig = new MachineRig();
  await rig.reachSteady();
  rig.cycle();
  await rig.end('observe', { ok: false, problem: 'refused', linkLost: true });
  assert.equal(rig.state.link, { offline: 'waiting' });
  assert.is(rig.state.cycle, 'idle');
  rig.cycle();
  assert.is(rig.state.cycle, 'idle', 'no cycle while offline');
  const waits: number[] = [];
  for (let attempt = 0; attempt < 9; attempt += 1) {
    waits.push(rig.context.retryInMs);
    rig.clock.increment(rig.context.retryInMs - 1);
    assert.equal(rig.state.link, { offline: 'waiting' });
    rig.clock.increment(1);
    assert.is(rig.state.link, 'connecting');
    await rig.end('connect', { ok: false, problem: 'still refused', refused: false, retryAfterMs: null });
  }
  assert.equal(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  rig.clock.increment(60_000);
  await rig.connect();
  assert.is(rig.state.link, 'online');
  assert.is(rig.context.linkProblem, null);
  assert.is(rig.state.cycle, 'observing', 'a full picture at once');
});

test('refused credentials are not tried again until new ones come', async () => {
  const rig = new MachineRig();
  await rig.end('connect', { ok: false, problem: 'wrong password', refused: true, retryAfterMs: null });
  assert.equal(rig.state.link, { offline: 'refused' });
  rig.clock.increment(86_400_000);
  assert.is(rig.begun('connect'), 1);
  rig.actor.send({ type: 'RECONNECT' });
  assert.is(rig.begun('connect'), 2);
});

test('a ban is waited for as long as it asks', async () => {
  const rig = new MachineRig();
  await rig.end('connect', { ok: false, problem: 'banned', refused: false, retryAfterMs: 900_000 });
  rig.clock.increment(899_999);
  assert.is(rig.begun('connect'), 1);
  rig.clock.increment(1);
  assert.is(rig.begun('connect'), 2);
});

test('an event that no state wants is counted, not lost in silence', async () => {
  const rig = new MachineRig();
  await rig.reachSteady();
  rig.actor.send({ type: 'ADVANCE', at: 0 });
  assert.is(rig.context.dropped, 1);
  assert.is(rig.context.lastDropped, 'ADVANCE');
});

test('another address or other credentials end the cycle under way, and are tried even while connecting', async () => {
  const rig = new MachineRig();
  rig.actor.send({ type: 'RECONNECT' });
  assert.is(rig.begun('connect'), 2);
  await rig.reachSteady();
  rig.cycle();
  await rig.end('observe', OBSERVED);
  await rig.end('plan', PLANNED);
  rig.cycle();
  const applying = rig.latest('apply');
  rig.actor.send({ type: 'RECONNECT' });
  assert.ok(applying.signal.aborted);
  assert.is(rig.state.cycle, 'idle');
  assert.is(rig.context.dropped, 0);
});

test('a qBittorrent that takes the login and answers no read is tried with growing pauses', async () => {
  const rig = new MachineRig();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 4; attempt += 1) {
    await rig.connect();
    await rig.end('observe', { ok: false, problem: 'timeout', linkLost: true });
    waits.push(rig.context.retryInMs);
    rig.clock.increment(rig.context.retryInMs);
  }
  assert.equal(waits, [1_000, 2_000, 4_000, 8_000]);
  await rig.reachSteady();
  assert.is(rig.context.linkAttempts, 0, 'a whole cycle ends it');
});

test('a qBittorrent that answers reads and no write is tried with growing pauses, too', async () => {
  const rig = new MachineRig();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 4; attempt += 1) {
    await rig.connect();
    await rig.runCycle({ ok: false, problem: 'timeout', linkLost: true });
    waits.push(rig.context.retryInMs);
    rig.clock.increment(rig.context.retryInMs);
  }
  assert.equal(waits, [1_000, 2_000, 4_000, 8_000]);
});

test('rolled back, when nothing is written, a picture ends the growing of the pauses', async () => {
  const rig = new MachineRig({ openRollback: 'finished' });
  await rig.end('connect', { ok: false, problem: 'refused', refused: false, retryAfterMs: null });
  rig.clock.increment(rig.context.retryInMs);
  await rig.connect();
  assert.is(rig.context.linkAttempts, 1);
  await rig.end('observe', OBSERVED);
  assert.is(rig.context.linkAttempts, 0);
});

test.run();
