import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MIB, Rig, sleepers } from '../support/service-rig.ts';

const HOST = 'alpha.example';
const test = suite('service');

const swarm = { caps: { [HOST]: 4 * MIB }, torrents: sleepers(HOST, 4) };

test('the first cycle puts limits under the cap, journaled before', async () => {
  await Rig.with(swarm, async (rig) => {
    assert.ok(
      rig.limits.every((limit) => limit > 0 && limit < MIB),
      String(rig.limits),
    );
    assert.is(rig.journal.originals.size, 4);
    assert.is(rig.service.lifecycle, 'steady');
    assert.is(rig.writes, 1, 'one call for one limit');
  });
});

test('a cycle that finds all as it should be writes nothing', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    await rig.cycle();
    assert.is(rig.writes, 1);
  });
});

test('a webhook leads to a cycle at once, and the new torrent is limited in it', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.shown();
    const hash = rig.simulator.addTorrent({
      ...sleepers(HOST, 1)[0],
      name: 'new',
      trackers: [`https://${HOST}/a`],
      demand: { kind: 'none' },
      leechersKnown: 3,
    });
    const finished = rig.next('cycle:finished', ({ origins }) => origins.includes('webhook'));
    const sentAt = performance.now();
    rig.operations.webhook({ event: 'add', hash, name: 'new', tracker: null });
    await finished;
    const took = performance.now() - sentAt;
    assert.ok(took < 300, `took ${took} ms`);
    assert.ok((rig.limits.at(-1) ?? 0) > 0);
  });
});

test('500 webhooks at once lead to few cycles', async () => {
  await Rig.with(swarm, async (rig) => {
    const before = rig.count('cycle:finished');
    const finished = rig.next('cycle:finished');
    for (let n = 0; n < 500; n += 1)
      rig.operations.webhook({ event: 'complete', hash: null, name: null, tracker: null });
    await finished;
    await sleep(500);
    assert.ok(rig.count('cycle:finished') - before <= 3, String(rig.count('cycle:finished') - before));
  });
});

test('a cycle asked for while one runs follows at once, and never beside it', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.shown();
    const before = rig.count('cycle:finished');
    await Promise.all([
      rig.operations.forceCycle(),
      rig.operations.forceCycle(),
      rig.operations.forceCycle(),
    ]);
    assert.is(rig.count('cycle:finished') - before, 2);
    const states = rig.run.told.flatMap(({ name, event }) =>
      name === 'state:changed' && 'machine' in event && event.machine === 'cycle' ? [event.to] : [],
    );
    const steps = { observing: ['idle', 'applying'], planning: ['observing'], applying: ['planning'] };
    for (const [to, froms] of Object.entries(steps)) {
      states.forEach((state, at) => {
        if (state === to && at > 0) assert.ok(froms.includes(states[at - 1] ?? ''), states.join(' '));
      });
    }
  });
});

test("the user's new limit becomes the torrent's own and its ceiling, and comes back after a rollback", async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.shown();
    await rig.cycle();
    rig.setByHand(0, 5000);
    const noticed = rig.next('limit:changed-by-user');
    await rig.cycle();
    assert.is((await noticed).toWire, 5000);
    assert.is(rig.limits[0], 5000);
    await rig.operations.rollback({ by: 'test', reason: 'over' });
    assert.equal(rig.limits, [5000, 0, 0, 0]);
  });
});

test('a torrent that vanishes and comes back is as it was before Qguardarr', async () => {
  const torrents = sleepers(HOST, 2, 3_000_000);
  await Rig.with({ caps: swarm.caps, torrents }, async (rig) => {
    const [hash = ''] = rig.hashes;
    const ours = rig.limits[0] ?? 0;
    rig.simulator.removeTorrent(hash);
    await rig.cycle();
    assert.is(rig.journal.originals.size, 2, 'its original is kept');
    assert.equal(rig.operations.state().missing_torrents, [hash]);
    rig.simulator.addTorrent({
      ...(torrents[0] ?? sleepers(HOST, 1)[0]),
      hash,
      uploadLimitWire: ours,
    } as never);
    await rig.cycle();
    assert.equal(rig.operations.state().missing_torrents, []);
    await rig.operations.rollback({ by: 'test', reason: 'over' });
    assert.equal(rig.limits, [3_000_000, 3_000_000]);
  });
});

test('stop ends all work, answers no event any more and leaves the limits', async () => {
  await Rig.with(swarm, async (rig) => {
    const { limits } = rig;
    rig.service.requestCycle('force');
    await rig.service.stop();
    const told = rig.run.told.length;
    rig.run.bus.emit('timer:control', { at: Date.now() });
    rig.run.bus.emit('webhook:received', { event: 'add', hash: null, at: Date.now() });
    await sleep(300);
    assert.equal(rig.limits, limits);
    assert.is(rig.run.told.length, told + 2, 'only what the test itself told');
    assert.is(rig.service.queuedCalls, 0);
  });
});

test('a reload that is under way when the service stops does not start its timers again', async () => {
  await Rig.with({ ...swarm, global: { control_interval: 0.5 } }, async (rig) => {
    const reloading = rig.operations.reloadConfig();
    await rig.service.stop();
    await reloading;
    const beats = rig.count('timer:control');
    await sleep(700);
    assert.is(rig.count('timer:control'), beats);
  });
});

test.run();
