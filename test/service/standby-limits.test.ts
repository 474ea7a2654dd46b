/** Idle torrents of every kind wake at once: does the cap hold? The whole service on the simulator, in virtual time. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DemandProgram } from '../../src/simulator/demand.ts';
import type { TorrentSpec } from '../../src/simulator/torrent.ts';
import { VirtualService } from '../support/virtual-service.ts';

const test = suite('standby limits');

const MIB = 1024 * 1024;
const CAP = 2 * MIB;
const HOST = 'alpha.example';
const DAY_S = 86_400;
const QUIET_SECONDS = 20;
const AWAKE_SECONDS = 40;
const EVERYTHING: DemandProgram = { kind: 'constant', bps: 20 * MIB };

/** Idle for days, and without a leecher that its tracker knows of. */
function strangers(count: number, more: Partial<TorrentSpec> = {}): TorrentSpec[] {
  const now = Math.floor(Date.now() / 1000);
  return Array.from({ length: count }, (_, index) => ({
    name: `stranger ${index}`,
    trackers: [`https://${HOST}/passkey0123456789/announce`],
    demand: { kind: 'none' },
    leechersKnown: 0,
    addedAt: now - 9 * DAY_S,
    lastActivityAt: now - 3 * DAY_S,
    ...more,
  }));
}

const busy: TorrentSpec = {
  name: 'busy',
  trackers: [`https://${HOST}/passkey0123456789/announce`],
  demand: EVERYTHING,
};

/** The worst 10 s over the cap. */
function worst(world: VirtualService, capBps = CAP): number {
  return world.worst10(HOST, AWAKE_SECONDS) / capBps;
}

const STATES = ['stoppedUP', 'pausedUP', 'queuedUP', 'checkingUP', 'moving', 'missingFiles', 'error'];
for (const idle_guard of ['recent', 'all']) {
  for (const state of STATES) {
    test(`24 torrents that were ${state} start at once, idle_guard ${idle_guard}: no 10 s over 1.15 times the cap`, async () => {
      const isPaused = state === 'pausedUP';
      const torrents = [busy, ...strangers(24, { demand: EVERYTHING, heldAs: state })];
      const swarm = { torrents, restIsCalled: isPaused ? 'paused' : 'stopped' } as const;
      await VirtualService.with({ caps: { [HOST]: CAP }, global: { idle_guard }, swarm }, async (world) => {
        await world.pass(QUIET_SECONDS);
        assert.ok(
          world.limits.every((wire) => wire > 0),
          `each has a limit: ${world.limits}`,
        );
        if (state === 'stoppedUP') await world.post('torrents/start', { hashes: 'all' });
        else if (isPaused) await world.post('torrents/resume', { hashes: 'all' });
        else world.simulator.swarm.holdAs(world.hashes, null);
        await world.pass(AWAKE_SECONDS);
        assert.ok(worst(world) <= 1.15, `worst 10 s ${worst(world)}`);
      });
    });
  }
}

test('torrents that are stopped while they upload, and started again, stay under the cap', async () => {
  const torrents = strangers(24, { demand: EVERYTHING });
  await VirtualService.with({ caps: { [HOST]: CAP }, swarm: { torrents } }, async (world) => {
    await world.pass(60);
    await world.post('torrents/stop', { hashes: 'all' });
    await world.pass(60);
    await world.post('torrents/start', { hashes: 'all' });
    await world.pass(AWAKE_SECONDS);
    assert.ok(worst(world) <= 1.15, `worst 10 s ${worst(world)}`);
  });
});

test('a torrent without known leechers, quiet for days, wakes under the cap with idle_guard all', async () => {
  const swarm = { torrents: strangers(1), linkBps: 12 * MIB };
  await VirtualService.with(
    { caps: { [HOST]: CAP }, global: { idle_guard: 'all' }, swarm },
    async (world) => {
      await world.pass(QUIET_SECONDS);
      world.simulator.setDemand(world.hashes[0] ?? '', EVERYTHING);
      await world.pass(AWAKE_SECONDS);
      assert.ok(worst(world) <= 1.15, `worst 10 s ${worst(world)}`);
    },
  );
});

test('1,500 idle torrents with max_managed_torrents at 1,000: any of them that wake stay under the cap', async () => {
  const options = {
    caps: { [HOST]: CAP },
    global: { idle_guard: 'all', max_managed_torrents: 1000 },
    swarm: { torrents: strangers(1500) },
  };
  await VirtualService.with(options, async (world) => {
    await world.pass(QUIET_SECONDS);
    assert.is(world.limits.filter((wire) => wire === 0).length, 0);
    const health = world.operations.health();
    assert.equal([health.managed_torrents, health.standby_torrents], [0, 1500]);
    for (const hash of world.hashes.slice(-3)) world.simulator.setDemand(hash, EVERYTHING);
    await world.pass(AWAKE_SECONDS);
    assert.ok(worst(world) <= 1.15, `worst 10 s ${worst(world)}`);
    assert.is(world.operations.health().managed_torrents, 3);
  });
});

test('1,500 idle torrents wake at once beside a busy one: what they add is what their standby limits add up to', async () => {
  const capBps = 20 * MIB;
  const options = {
    caps: { [HOST]: capBps },
    global: { idle_guard: 'all', max_managed_torrents: 2000 },
    swarm: { torrents: [busy, ...strangers(1500, { demand: EVERYTHING, heldAs: 'stoppedUP' })] },
  };
  await VirtualService.with(options, async (world) => {
    await world.pass(60);
    const { standby_limits_mbps } = world.operations.trackerStats().alpha ?? {};
    assert.ok(Number(standby_limits_mbps) <= 0.2 * 20, `they add up to ${standby_limits_mbps} MiB/s`);
    await world.post('torrents/start', { hashes: 'all' });
    await world.pass(AWAKE_SECONDS);
    assert.ok(worst(world, capBps) <= 1.2, `worst 10 s ${worst(world, capBps)}`);
  });
});

test('what uploads beyond max_managed_torrents is held at a standby limit, and /health says so', async () => {
  const options = {
    caps: { [HOST]: CAP },
    global: { max_managed_torrents: 10 },
    swarm: { torrents: strangers(40, { demand: EVERYTHING }) },
  };
  await VirtualService.with(options, async (world) => {
    await world.pass(60);
    await world.pass(AWAKE_SECONDS);
    assert.ok(worst(world) <= 1.1, `worst 10 s ${worst(world)}`);
    const { status, problems } = world.operations.health();
    assert.is(status, 'degraded');
    assert.match(problems.join(), /30 torrents upload beyond max_managed_torrents and are held/);
  });
});

test('a cap that is less than 1 KiB/s for each torrent: /health says what it can hold, in numbers', async () => {
  const options = {
    caps: { [HOST]: 256 * 1024 },
    global: { idle_guard: 'all' },
    swarm: { torrents: strangers(600) },
  };
  await VirtualService.with(options, async (world) => {
    await world.pass(QUIET_SECONDS);
    assert.match(
      world.operations.health().problems.join(),
      /tracker "alpha": its cap of 256 KiB\/s holds while no more than 256 of its torrents upload at once: the standby limits of 600 idle ones add up to 60\d KiB\/s/,
    );
  });
});

test.run();
