import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { eventually, MIB, Rig, sleepers } from '../support/service-rig.ts';

const HOST = 'alpha.example';
const test = suite('link to qBittorrent');
const swarm = { caps: { [HOST]: 4 * MIB }, torrents: sleepers(HOST, 3) };

function isOffline({ machine, to }: { machine: string; to: string }): boolean {
  return machine === 'link' && to.startsWith('offline');
}

test('lost, it is reported with the reason, tried again with growing pauses, and back it goes on', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.simulator.stop();
    const lost = rig.next('state:changed', isOffline);
    rig.service.requestCycle('timer');
    await lost;
    const health = rig.operations.health();
    assert.is(health.status, 'unhealthy');
    assert.ok(health.problems.some((problem) => /cannot be reached/.test(problem)));

    await rig.next('state:changed', isOffline);
    const { linkAttempts, retryInMs } = rig.service.actor.getSnapshot().context;
    assert.is(linkAttempts, 2);
    assert.is(retryInMs, 2000, 'twice the first pause');

    await rig.simulator.start();
    const finished = await rig.next('cycle:finished');
    assert.ok(finished.origins.includes('online'));
    await eventually('healthy', () => rig.operations.health().status === 'healthy');
    assert.is(rig.service.actor.getSnapshot().context.linkProblem, null);
  });
});

test('started before qBittorrent, it waits for it', async () => {
  await Rig.with({ ...swarm, stopped: true }, async (rig) => {
    await rig.simulator.stop();
    await rig.startService();
    await rig.next('state:changed', isOffline);
    assert.is(rig.operations.health().status, 'unhealthy');
    assert.is(rig.service.lifecycle, 'starting');
    await rig.simulator.start();
    await rig.next('cycle:finished');
    assert.ok(rig.limits.every((limit) => limit > 0));
  });
});

test('lost in the middle of a write, the torrents stay held and nothing of ours becomes an original', async () => {
  await Rig.with({ ...swarm, stopped: true }, async (rig) => {
    const { journal } = await rig.startService();
    const stopped = new Promise<void>((resolve) => {
      journal.onIntent = async () => {
        journal.onIntent = () => {};
        await rig.simulator.stop();
        resolve();
      };
    });
    await stopped;
    await rig.next('state:changed', isOffline);
    assert.is(rig.service.held.size, 3);
    await rig.simulator.start();
    await rig.next('cycle:finished');
    await eventually('limits', () => rig.limits.every((limit) => limit > 0));
    await rig.operations.rollback({ by: 'test', reason: 'over' });
    assert.equal(rig.limits, [0, 0, 0]);
  });
});

test('an answer that does not parse changes nothing, and the connection is kept', async () => {
  await Rig.with(swarm, async (rig) => {
    const { limits } = rig;
    // A full picture without any torrent, as a qBittorrent that is still starting gives.
    const torrents = rig.hashes;
    for (const hash of torrents) rig.simulator.swarm.picture.removeTorrent(hash, []);
    const failed = rig.next('cycle:failed');
    rig.service.requestCycle('reconcile', true);
    assert.match((await failed).problem, /expected 3 torrents/);
    assert.is(rig.service.link, 'online');
    assert.is(rig.service.picture.table.size, 3);
    assert.equal(rig.limits, limits);
    await eventually('told', () =>
      rig.operations.health().problems.some((text) => /^last cycle: /.test(text)),
    );
  });
});

test('a forced cycle whose connection goes says so at once', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.simulator.stop();
    const refusal = await rig.operations.forceCycle().catch((error: unknown) => error);
    assert.match(String(refusal), /reached|lost/);
  });
});

test.run();
