import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasMark } from '../../../src/control/limit-mark.ts';
import type { TorrentSpec } from '../../../src/simulator/torrent.ts';
import { JumpClock } from '../../support/jump-clock.ts';
import { eventually, Rig, sleepers } from '../../support/service-rig.ts';
import { HOST, OWN, restartClient, rollBack, swarm } from './one-rig.ts';

const test = suite('restarts of the client');

test('limits that a killed client brings back after a rollback are restored again', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const ours = rig.limits;
    await rollBack(rig);
    assert.equal(rig.limits, OWN);
    await restartClient(rig, ours);
    await eventually('restored again', () => rig.limits.join() === OWN.join());
    await eventually('rolled back', () => rig.service.lifecycle === 'rolledBack');
  });
});

test('limits that a killed client brings back on released torrents are restored again, also by a later run', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const ours = rig.limits;
    rig.service.actor.send({ type: 'SET_PERCENTAGE', percentage: 0 });
    for (let n = 0; n < 4; n += 1) await rig.cycle();
    assert.equal(rig.limits, OWN);
    await rig.service.stop();
    for (const [index, wire] of ours.entries()) rig.setByHand(index, wire);
    await rig.shown();
    await rig.startService();
    rig.service.actor.send({ type: 'SET_PERCENTAGE', percentage: 0 });
    await eventually('restored again', () => rig.limits.join() === OWN.join());
    assert.is(rig.count('limit:changed-by-user'), 0);
  });
});

test('a torrent that gets another id with its metadata keeps its original limit', async () => {
  await Rig.with(swarm, async (rig) => {
    const { simulator } = rig;
    const spec = { ...sleepers(HOST, 1, 2_000_000)[0], name: 'hybrid', hash: 'b'.repeat(40) } as TorrentSpec;
    simulator.addTorrent({ ...spec, format: 'hybrid' });
    const v1 = simulator.swarm.torrents.get(spec.hash ?? '')?.hashV1 ?? '';
    simulator.removeTorrent(spec.hash ?? '');
    simulator.addTorrent({ ...spec, hash: v1 });
    await rig.cycle();
    const limit = simulator.swarm.torrents.get(v1)?.limit.wire ?? 0;
    assert.ok(hasMark(limit), String(limit));
    simulator.removeTorrent(v1);
    simulator.addTorrent({ ...spec, format: 'hybrid', uploadLimitWire: limit });
    await rig.cycle();
    assert.is(rig.operations.stats().unknown_limits, 0);
    await rollBack(rig);
    assert.equal(rig.limits, [...OWN, 2_000_000]);
  });
});

test('restored torrents are forgotten once the client has stayed up long enough to have saved them', async () => {
  const clock = new JumpClock();
  await Rig.with({ ...swarm, clock }, async (rig) => {
    await rig.cycle();
    await rollBack(rig);
    assert.is(rig.journal.restored.size, 8);
    rig.service.requestCycle('timer');
    await rig.shown();
    await eventually('idle', () => rig.service.cycle === 'idle');
    clock.jump(4 * 60_000);
    await restartClient(rig, OWN);
    await rig.shown();
    clock.jump(4 * 60_000);
    rig.service.requestCycle('timer');
    await rig.shown();
    assert.is(rig.journal.restored.size, 8, 'the client has restarted since');
    clock.jump(2 * 60_000);
    rig.service.requestCycle('timer');
    await eventually('forgotten', () => rig.journal.restored.size === 0);
  });
});

test.run();
