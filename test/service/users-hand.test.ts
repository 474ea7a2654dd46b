/** What the user does in qBittorrent while Qguardarr manages their torrents. Limits set by hand: see service.test.ts. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TorrentSpec } from '../../src/simulator/torrent.ts';
import { eventually, MIB, Rig, type RigOptions, sleepers } from '../support/service-rig.ts';

const ALPHA = 'alpha.example';
const BETA = 'beta.example';
const test = suite("the user's hand");

const swarm: RigOptions = {
  caps: { [ALPHA]: 4 * MIB, [BETA]: MIB / 8 },
  torrents: [...sleepers(ALPHA, 3), ...sleepers(BETA, 1), ...sleepers(ALPHA, 1, 3_000_000)],
};
const OWN = [0, 0, 0, 0, 3_000_000];
const urlOf = (host: string) => `https://${host}/otherkey0123456789/announce`;

function trackerOf(rig: Rig, index: number): string | null {
  const torrent = rig.service.picture.get(`default:${rig.hashes[index]}`);
  return torrent === undefined ? null : rig.service.observer.trackerOf(torrent);
}

async function rollBack(rig: Rig): Promise<void> {
  await rig.operations.rollback({ by: 'test', reason: 'over' });
}

test('a torrent whose tracker is edited moves under the other cap, and keeps its own limit for later', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const atAlpha = rig.limits[0] ?? 0;
    const atBeta = rig.limits[3] ?? 0;
    assert.ok(atAlpha > atBeta && atBeta > 0, String(rig.limits));
    rig.simulator.swarm.setTrackers(rig.hashes[0] ?? '', [urlOf(BETA)]);
    await rig.cycle();
    assert.is(trackerOf(rig, 0), 'beta');
    assert.ok(
      (rig.limits[0] ?? 0) <= atBeta,
      `${rig.limits[0]}, where ${atBeta} is what its new neighbour has`,
    );
    await rollBack(rig);
    assert.equal(rig.limits, OWN);
  });
});

test('edited to a tracker without a cap, it gets its own limit back, once, and is managed no more', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    rig.simulator.swarm.setTrackers(rig.hashes[4] ?? '', [urlOf('elsewhere.example')]);
    await rig.cycle();
    assert.is(rig.limits[4], 3_000_000);
    // A whole refresh after the write, its own limit shows for certain.
    for (let look = 0; look < 3; look += 1) await rig.cycle();
    assert.is(rig.service.held.get(`default:${rig.hashes[4]}`) === undefined, true);
    const { writes } = rig;
    await rig.cycle();
    assert.is(rig.writes, writes);
  });
});

test('a torrent whose tracker can no longer be read stays under the cap that it was limited for', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const { limits, writes } = rig;
    rig.simulator.swarm.setTrackers(rig.hashes[0] ?? '', ['not an announce URL']);
    await rig.cycle();
    assert.is(trackerOf(rig, 0), null);
    assert.equal([rig.limits, rig.writes], [limits, writes]);
    await rollBack(rig);
    assert.equal(rig.limits, OWN);
  });
});

test('moved to another category, with its files or without, a torrent keeps its limit and costs no call', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const { limits, writes } = rig;
    const show = (fields: Record<string, string>) =>
      rig.simulator.swarm.picture.update([[rig.hashes[0] ?? '', fields]], {});
    show({ category: 'films', state: 'moving' });
    await rig.cycle();
    show({ state: 'stalledUP', save_path: '/elsewhere' });
    await rig.cycle();
    assert.equal([rig.limits, rig.writes], [limits, writes]);
  });
});

test('removed and added anew, a torrent has no limit of its own any more, whatever it had', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const [hash = ''] = rig.hashes.slice(4);
    const { spec } = rig.simulator.swarm.torrents.get(hash) as { spec: TorrentSpec };
    rig.simulator.removeTorrent(hash);
    await rig.cycle();
    rig.simulator.addTorrent({ ...spec, hash, uploadLimitWire: 0 });
    await rig.cycle();
    assert.ok((rig.limits[4] ?? 0) > 0, 'it is managed');
    await rollBack(rig);
    assert.equal(rig.limits, [0, 0, 0, 0, 0]);
  });
});

test('removed and added anew between two looks, under another tracker, it is under that cap', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const [hash = ''] = rig.hashes;
    const { spec } = rig.simulator.swarm.torrents.get(hash) as { spec: TorrentSpec };
    rig.simulator.removeTorrent(hash);
    rig.simulator.addTorrent({ ...spec, hash, trackers: [urlOf(BETA)] });
    await rig.cycle();
    await rig.cycle();
    const limit = rig.simulator.swarm.torrents.get(hash)?.limit.wire ?? 0;
    assert.ok(limit > 0 && limit <= MIB / 8, String(limit));
    await rollBack(rig);
    assert.equal([...rig.limits].sort(), [...OWN].sort());
  });
});

test("qBittorrent's own limit, global or alternative, is reported as long as it is in force", async () => {
  await Rig.with(swarm, async (rig) => {
    const told = () => rig.operations.health().problems.join();
    for (const [isAlternative, name] of [
      [false, 'global'],
      [true, 'alternative'],
    ] as const) {
      rig.simulator.swarm.setGlobalLimit(2 * MIB, isAlternative);
      await rig.cycle();
      assert.match(told(), new RegExp(`${name} upload limit of 2.00 MiB/s .*below the caps together`));
      assert.is(rig.operations.health().status, 'degraded');
      rig.simulator.swarm.setGlobalLimit(0);
      await rig.cycle();
      await eventually('healthy', () => rig.operations.health().status === 'healthy');
    }
  });
});

test.run();
