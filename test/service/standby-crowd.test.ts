/** A tracker with many idle torrents, through all that can happen to them. In virtual time. */
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TorrentSpec } from '../../src/simulator/torrent.ts';
import { VirtualService } from '../support/virtual-service.ts';

const test = suite('crowd of idle torrents');

const MIB = 1024 * 1024;
const HOST = 'alpha.example';
const CAP = 10 * MIB;
const DAY_S = 86_400;
const SETTLED_SECONDS = 40;

function idle(count: number, more: Partial<TorrentSpec> = {}): TorrentSpec[] {
  const now = Math.floor(Date.now() / 1000);
  return Array.from({ length: count }, (_, index) => ({
    name: `idle ${index} ${JSON.stringify(more)}`,
    trackers: [`https://${HOST}/passkey0123456789/announce`],
    demand: { kind: 'none' },
    leechersKnown: 0,
    addedAt: now - 9 * DAY_S,
    lastActivityAt: now - 3 * DAY_S,
    ...more,
  }));
}

/** The service beside 100 idle torrents, all of them under their standby limit. */
async function withCrowd(
  body: (world: VirtualService, limit: number) => Promise<void>,
  options: { readonly torrents?: readonly TorrentSpec[]; readonly global?: Record<string, unknown> } = {},
): Promise<void> {
  const { torrents = idle(100), global = {} } = options;
  const settings = { caps: { [HOST]: CAP }, global: { idle_guard: 'all', ...global }, swarm: { torrents } };
  await VirtualService.with(settings, async (world) => {
    await world.pass(SETTLED_SECONDS);
    const [limit = 0] = world.limits;
    await body(world, limit);
  });
}

test('all have one limit, which is written once and adds up to no more than a fifth of the cap', async () => {
  await withCrowd(async (world, limit) => {
    assert.equal(new Set(world.limits), new Set([limit]));
    assert.ok(limit > 0 && limit * 100 <= 0.2 * CAP, `${limit}`);
    const { writes } = world;
    // With two full pictures, after which every row has to be found again.
    await world.pass(660);
    assert.is(world.writes, writes);
    assert.equal(counts(world), [0, 100, 0]);
  });
});

/** As /health counts them: managed, on standby, waiting. */
function counts({ operations }: VirtualService): unknown[] {
  const health = operations.health();
  return [health.managed_torrents, health.standby_torrents, health.standby_waiting_torrents];
}

test('cycles that come before qBittorrent shows a limit do not write it again', async () => {
  await withCrowd(async (world) => assert.is(world.writes, 1), { global: { control_interval: 0.5 } });
});

test('a limit that qBittorrent took and did not set is written again', async () => {
  await withCrowd(async (world, limit) => {
    const { swarm } = world.simulator;
    const set = swarm.setUploadLimit.bind(swarm);
    swarm.setUploadLimit = () => undefined;
    for (const spec of idle(1, { name: 'new' })) world.simulator.addTorrent(spec);
    await world.pass(5);
    assert.is(world.limits[100], 0);
    swarm.setUploadLimit = set;
    await world.pass(20);
    assert.is(world.limits[100], limit);
  });
});

test('a call that fails is made again', async () => {
  await withCrowd(async (world, limit) => {
    const { swarm } = world.simulator;
    const set = swarm.setUploadLimit.bind(swarm);
    swarm.setUploadLimit = () => {
      throw new Error('no');
    };
    for (const spec of idle(1, { name: 'new' })) world.simulator.addTorrent(spec);
    await world.pass(10);
    assert.is(world.limits[100], 0);
    swarm.setUploadLimit = set;
    await world.pass(20);
    assert.is(world.limits[100], limit);
  });
});

test('a dry run pretends each standby limit once, and writes nothing', async () => {
  await withCrowd(
    async (world) => {
      assert.equal(new Set(world.limits), new Set([0]));
      assert.is(world.operations.stats().dry_run_limits, 100);
      assert.is(world.operations.preview().proposed_count, 0);
    },
    {
      global: { dry_run: true, dry_run_store_path: path.join(tmpdir(), `standby-crowd-${process.pid}.json`) },
    },
  );
});

test('usage that moves rewrites no standby limit', async () => {
  const busy = idle(4, { demand: { kind: 'periodic', bps: 3 * MIB, onMs: 40_000, offMs: 40_000 } });
  await withCrowd(
    async (world, limit) => {
      await world.pass(300);
      assert.ok(
        world.limits.slice(0, 100).every((wire) => wire === limit),
        'of those that never uploaded',
      );
    },
    { torrents: [...idle(100), ...busy] },
  );
});

test('one that wakes has its demand within seconds, and a small limit again when it is idle', async () => {
  await withCrowd(async (world, limit) => {
    const [hash = ''] = world.hashes;
    world.simulator.setDemand(hash, { kind: 'constant', bps: 4 * MIB });
    await world.pass(12);
    assert.ok(world.worst10(HOST, 10) >= 0.6 * 4 * MIB, `${world.worst10(HOST, 10)}`);
    assert.equal(counts(world), [1, 99, 0]);
    world.simulator.setDemand(hash, { kind: 'none' });
    await world.pass(60);
    const [after = 0] = world.limits;
    assert.ok(after > 0 && after <= 0.04 * CAP, `${after}`);
    assert.ok(after >= limit);
  });
});

test("many that fall idle, each with a limit above the crowd's, are cut to it together", async () => {
  await withCrowd(async (world) => {
    const hashes = world.hashes.slice(0, 60);
    for (const hash of hashes) world.simulator.setDemand(hash, { kind: 'constant', bps: 0.1 * MIB });
    await world.pass(60);
    for (const hash of hashes) world.simulator.setDemand(hash, { kind: 'none' });
    await world.pass(60);
    const total = world.limits.reduce((sum, wire) => sum + wire, 0);
    assert.ok(total <= 0.21 * CAP, `${total / CAP} of the cap`);
  });
});

test('a limit that the user sets on one of them is theirs, and reported', async () => {
  await withCrowd(async (world) => {
    const [low = '', high = ''] = world.hashes;
    world.simulator.swarm.setUploadLimit([low], 3_000, Date.now());
    world.simulator.swarm.setUploadLimit([high], 5_000_000, Date.now());
    await world.pass(20);
    assert.is(world.limits[0], 3_000, 'lower than the standby limit');
    assert.ok((world.limits[1] ?? 0) <= 0.04 * CAP, 'one that is higher is kept for later');
    const managed = world.operations.managed().trackers as Record<
      string,
      { hash: string; original_limit: number }[]
    >;
    const originalOf = (hash: string) => managed.alpha?.find((entry) => entry.hash === hash)?.original_limit;
    assert.equal([originalOf(low), originalOf(high)], [3_000, 5_000_000]);
  });
});

test('a rollback gives each its own limit, and the resumption gives all their standby limits', async () => {
  const torrents = [...idle(80), ...idle(20, { uploadLimitWire: 700_000 })];
  await withCrowd(
    async (world) => {
      const rolledBack = world.operations.rollback({ reason: 'test', by: 'test' });
      await world.pass(30);
      await rolledBack;
      assert.equal(world.limits, [...Array(80).fill(0), ...Array(20).fill(700_000)]);
      assert.equal(counts(world).slice(0, 2), [0, 0]);
      await world.operations.resume();
      await world.pass(20);
      assert.ok(world.limits.every((wire) => wire > 0 && wire < 700_000));
    },
    { torrents },
  );
});

test('a rollback of one torrent leaves it alone, and the others as they are', async () => {
  await withCrowd(async (world, limit) => {
    const [hash = ''] = world.hashes;
    const scope = { kind: 'torrents', infoHashes: [hash] } as const;
    const rolledBack = world.operations.rollback({ reason: 'test', by: 'test', scope });
    await world.pass(20);
    await rolledBack;
    assert.equal(world.limits, [0, ...Array(99).fill(limit)]);
  });
});

test('a restart writes nothing', async () => {
  await withCrowd(async (world, limit) => {
    const { writes } = world;
    await world.restart();
    await world.pass(60);
    assert.is(world.writes, writes);
    assert.equal(new Set(world.limits), new Set([limit]));
    assert.equal(counts(world), [0, 100, 0]);
  });
});

test('a cap that is lowered to a tenth cuts all, one that is raised tenfold raises all', async () => {
  await withCrowd(async (world, limit) => {
    await world.reconfigure({ caps: { [HOST]: CAP / 10 } });
    await world.pass(20);
    const low = world.limits[99] ?? 0;
    assert.ok(low * 100 <= 0.2 * (CAP / 10), `${low}`);
    await world.reconfigure({ caps: { [HOST]: CAP } });
    await world.pass(20);
    assert.equal(new Set(world.limits), new Set([limit]));
  });
});

test('with idle_guard off, or out of the rollout, all get their own limits back', async () => {
  await withCrowd(async (world) => {
    await world.reconfigure({ global: { idle_guard: 'off' } });
    await world.pass(20);
    assert.equal(new Set(world.limits), new Set([0]));
    await world.reconfigure({ global: { idle_guard: 'all', rollout_percentage: 0 } });
    await world.pass(20);
    assert.equal(new Set(world.limits), new Set([0]));
  });
});

test('torrents whose files are gone from the client, and torrents that come, are counted at once', async () => {
  await withCrowd(async (world) => {
    await world.post('torrents/delete', {
      hashes: world.hashes.slice(0, 10).join('|'),
      deleteFiles: 'false',
    });
    for (const spec of idle(5, { addedAt: Math.floor(Date.now() / 1000) })) world.simulator.addTorrent(spec);
    await world.pass(5);
    assert.ok(world.limits.every((wire) => wire > 0));
    assert.is(world.operations.trackerStats().alpha?.standby_torrents, 95);
  });
});

test('8,000 get their limits over a minute, those most likely to wake first, and a new torrent at once', async () => {
  const likely = { leechersKnown: 5 };
  const torrents = [...idle(6_500), ...idle(1_500, likely)];
  const settings = { caps: { [HOST]: 100 * MIB }, global: { idle_guard: 'all' }, swarm: { torrents } };
  await VirtualService.with(settings, async (world) => {
    const without = (from: number, to?: number) =>
      world.limits.slice(from, to).filter((wire) => wire === 0).length;
    await world.pass(3);
    assert.is(without(6_500), 0, 'those with leechers have theirs');
    assert.ok(without(0, 6_500) >= 3_500, `${without(0, 6_500)} wait`);
    const health = world.operations.health();
    assert.is(health.standby_waiting_torrents, without(0));
    assert.match(health.problems.join(), /of 8000 idle torrents have no standby limit yet/);
    world.simulator.addTorrent(
      idle(1, { name: 'new', addedAt: Math.floor(Date.now() / 1000) })[0] as TorrentSpec,
    );
    await world.pass(3);
    assert.is(without(8_000), 0, 'the new one');
    await world.pass(60);
    assert.is(without(0), 0);
    assert.is(world.operations.health().status, 'healthy');
  });
});

test.run();
