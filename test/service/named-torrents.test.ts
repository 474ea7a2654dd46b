import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OperationRefused } from '../../src/service/operations.ts';
import { eventually, MIB, Rig, type RigOptions, sleepers } from '../support/service-rig.ts';

const ALPHA = 'alpha.example';
const UNKNOWN = 'f'.repeat(40);
const test = suite('torrents named by their info-hashes');

/** One of each format. */
const swarm: RigOptions = {
  caps: { [ALPHA]: 4 * MIB },
  torrents: sleepers(ALPHA, 3).map((spec, at) => ({
    ...spec,
    format: (['v1', 'hybrid', 'v2'] as const)[at] ?? 'v1',
  })),
};

function hashesOf(rig: Rig) {
  const [v1, hybrid, v2] = rig.simulator.swarm.torrents.values();
  if (v1 === undefined || hybrid === undefined || v2 === undefined) throw new Error('no torrents');
  return { v1, hybrid, v2 };
}

function rollback(rig: Rig, ...infoHashes: string[]) {
  const scope = { kind: 'torrents', infoHashes } as const;
  return rig.operations.rollback({ by: 'test', reason: 'why', scope });
}

const isLimited = (rig: Rig) => rig.limits.map((limit) => limit > 0);

test('a rollback takes v1, truncated v2, and of a hybrid torrent either, for good', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    assert.equal(isLimited(rig), [true, true, true]);
    const { v1, hybrid, v2 } = hashesOf(rig);
    assert.is.not(hybrid.hashV1, hybrid.hash);
    const answer = await rollback(rig, hybrid.hashV1);
    assert.is(answer.status, 'completed');
    assert.is(answer.changes_reversed, 1);
    assert.is(answer.unknown, undefined);
    assert.equal(isLimited(rig), [true, false, true]);
    await rig.restart();
    await rig.next('cycle:finished');
    await rig.cycle();
    assert.equal(isLimited(rig), [true, false, true], 'still left alone');
    const both = await rollback(rig, v1.hash, v2.hash, hybrid.hash, hybrid.hashV1);
    assert.is(both.changes_reversed, 2);
    assert.equal(isLimited(rig), [false, false, false]);
    assert.equal(rig.service.rollbacks.remembered.ofParts.at(-1)?.scope, {
      kind: 'torrents',
      infoHashes: [v1.hash, v2.hash, hybrid.hash],
    });
  });
});

test('a rollback to the first originals takes any info-hash of a torrent', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    await rig.cycle();
    rig.setByHand(1, 2 * MIB);
    await rig.cycle();
    await rig.cycle();
    const { hybrid } = hashesOf(rig);
    const scope = { kind: 'torrents', infoHashes: [hybrid.hashV1] } as const;
    const answer = await rig.operations.rollback({ by: 'test', reason: 'why', scope, originals: 'first' });
    assert.is(answer.changes_reversed, 1);
    assert.is(rig.limits[1], 0);
  });
});

test('unknown ones are reported, and alone they are refused and begin nothing', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const { hybrid } = hashesOf(rig);
    const some = await rollback(rig, hybrid.hashV1, UNKNOWN);
    assert.is(some.status, 'completed');
    assert.equal(some.unknown, [UNKNOWN]);
    const refusal = await rollback(rig, UNKNOWN).catch((error: unknown) => error);
    if (!(refusal instanceof OperationRefused)) throw new Error('it was not refused');
    assert.is(refusal.status, 404);
    assert.is(refusal.code, 'unknown_torrents');
    assert.match(refusal.message, UNKNOWN);
    assert.equal(refusal.details.unknown, [UNKNOWN]);
    assert.is(rig.service.rollbacks.remembered.ofParts.length, 1);
    assert.is(rig.count('rollback:started'), 1);
  });
});

test('one that was added since qBittorrent was last read is found', async () => {
  await Rig.with(swarm, async (rig) => {
    const [spec] = sleepers('alpha.example', 1);
    if (spec === undefined) throw new Error('no torrent');
    const added = rig.simulator.addTorrent({ ...spec, name: 'added', format: 'hybrid' });
    await rig.shown();
    const v1 = rig.simulator.swarm.torrents.get(added)?.hashV1 ?? '';
    const answer = await rollback(rig, v1);
    assert.is(answer.unknown, undefined);
    await rig.cycle();
    assert.is(rig.limits.at(-1), 0);
  });
});

test('one that qBittorrent no longer has is found in the journal', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const { v1 } = hashesOf(rig);
    rig.simulator.removeTorrent(v1.hash);
    await rig.cycle();
    const answer = await rollback(rig, v1.hash);
    assert.is(answer.status, 'completed');
    assert.is(answer.missing, 1);
    assert.is(answer.unknown, undefined);
  });
});

test("a webhook with a hybrid torrent's v1 hash is not waited for once the torrent is there", async () => {
  await Rig.with(swarm, async (rig) => {
    const { hybrid } = hashesOf(rig);
    const notice = { event: 'add', name: null, tracker: null } as const;
    rig.operations.webhook({ ...notice, hash: UNKNOWN });
    rig.operations.webhook({ ...notice, hash: hybrid.hashV1 });
    rig.operations.webhook({ ...notice, hash: hybrid.hashV2 });
    const { intake } = rig.service;
    assert.is(intake.queueSize, 3);
    await rig.next('cycle:finished');
    await eventually('only the unknown one is waited for', () => intake.queueSize === 1);
  });
});

test('torrents and journal entries are found by any info-hash', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const { hybrid, v2 } = hashesOf(rig);
    for (const [search, hash] of [
      [hybrid.hashV1, hybrid.hash],
      [hybrid.hashV1.slice(5, 30).toUpperCase(), hybrid.hash],
      [hybrid.hashV2, hybrid.hash],
      [v2.hashV2, v2.hash],
      [v2.hash, v2.hash],
    ] as const) {
      const page = rig.operations.torrents({
        search,
        tracker: null,
        show: 'all',
        sort: 'name',
        order: 'asc',
        offset: 0,
        limit: 10,
      });
      assert.equal(
        page.items.map((row) => row.hash),
        [hash],
        search,
      );
      const query = { offset: 0, limit: 10, tracker: null, search };
      const originals = await rig.operations.journalPage({ ...query, kind: 'original' });
      assert.equal(
        (originals.items as { hash: string }[]).map((item) => item.hash),
        [hash],
        search,
      );
      const changes = await rig.operations.journalPage({ ...query, kind: 'change' });
      assert.ok(Number(changes.total) > 0, search);
    }
  });
});

test.run();
