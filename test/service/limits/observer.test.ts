import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createBus } from '../../../src/bus.ts';
import { limitToWire } from '../../../src/control/limit-mark.ts';
import { compileMatcher } from '../../../src/control/matching.ts';
import { ScopeSet } from '../../../src/control/torrent-scope.ts';
import { UNLIMITED } from '../../../src/control/units.ts';
import { MemoryJournal } from '../../../src/journal/memory-journal.ts';
import type { MainData } from '../../../src/qbittorrent/codecs.ts';
import { CallQueue } from '../../../src/queue/call-queue.ts';
import { DryRunLimits } from '../../../src/service/limits/dry-run.ts';
import { HeldLimits } from '../../../src/service/limits/held-limits.ts';
import { Observer } from '../../../src/service/limits/observer.ts';
import { Picture } from '../../../src/service/limits/picture.ts';
import { FakeQbittorrent } from '../../support/fake-qbittorrent.ts';
import { HandClock } from '../../support/hand-clock.ts';
import { SETTINGS } from '../../support/readings.ts';
import { data } from '../../support/sync-data.ts';
import { TappedJournal } from '../../support/tapped-journal.ts';
import { hashOf, keyOf } from '../../support/torrents.ts';

const test = suite('observer');

/** All torrents of the fake were active and added at the epoch. Unix ms. */
const DAYS_AFTER = 10 * 86_400_000;

/** Every torrent of it has uploaded so much. */
class UploadingQbittorrent extends FakeQbittorrent {
  uploadedBytes = 0;

  override async mainData(rid: number, signal?: AbortSignal): Promise<MainData> {
    const data = await super.mainData(rid, signal);
    for (const [hash] of [...data.torrents.entries()])
      data.torrents.set(hash, { uploaded_session: this.uploadedBytes });
    return { ...data, serverState: { ...data.serverState, up_info_data: this.uploadedBytes } };
  }
}

function makeRig(torrents: number, dryRun: DryRunLimits | null = null, startAt?: number) {
  const clock = new HandClock(startAt);
  const matcher = compileMatcher([{ id: 't', pattern: '.*' }]);
  const keys = Array.from({ length: torrents }, (_, at) => keyOf(at + 1));
  const qbittorrent = new UploadingQbittorrent(
    () => clock.at,
    keys.map((key) => [key, 0] as const),
  );
  const queue = new CallQueue({ callsPerSecond: 200, maxWaiting: 100 });
  const journal = new TappedJournal(new MemoryJournal());
  const held = new HeldLimits();
  const released = new ScopeSet([]);
  const changedByUser: string[] = [];
  const picture = new Picture({ instance: 'default', client: () => qbittorrent.client, queue, clock, held });
  const hooks: { onRead: () => void } = { onRead: () => undefined };
  const bus = createBus((_name, error) => {
    throw error;
  });
  bus.on('limit:changed-by-user', ({ infoHash }) => {
    changedByUser.push(infoHash);
  });
  const observer = new Observer({
    picture,
    journal,
    held,
    isContested: () => false,
    isRolledBack: () => false,
    takeDistrust: () => false,
    knownLimits: () => journal,
    dryRun: () => dryRun,
    matcher: () => matcher,
    released: () => {
      hooks.onRead();
      return released;
    },
    bus,
    clock,
  });
  const abort = new AbortController();
  const observe = (settings = SETTINGS) => {
    clock.at += 2000;
    return observer.observe({ origins: [], full: false }, settings, abort.signal);
  };
  /** As a former cycle did, long settled. */
  const limit = async (wire: number) => {
    const changes = keys.map((key) => ({ key, fromWire: 0 }));
    await journal.recordIntent(
      [{ cycle: 1, trackerId: 't', reason: 'level', toWire: wire, torrents: changes }],
      0,
    );
    for (const key of keys) {
      held.intend(key, 't', 0, wire, 0);
      held.written(key, wire, clock.at);
    }
    qbittorrent.set(
      keys.map((_, at) => hashOf(at + 1)),
      wire,
    );
    await observe();
    await observe();
  };
  const seams = { picture, hooks };
  return {
    clock,
    keys,
    qbittorrent,
    journal,
    held,
    observer,
    abort,
    changedByUser,
    observe,
    limit,
    ...seams,
  };
}

test('a client that restarts too quickly to lose the connection may bring back any limit of ours', async () => {
  for (const restarts of [true, false]) {
    const { qbittorrent, observe, limit } = makeRig(1);
    qbittorrent.uploadedBytes = 1_000_000;
    await limit(limitToWire(50_000));
    qbittorrent.set([hashOf(1)], limitToWire(77_000));
    qbittorrent.uploadedBytes = restarts ? 0 : 1_000_000;
    const kinds = [await observe(), await observe()].flatMap(({ foreign }) => foreign);
    assert.equal(
      kinds.map(({ isMarked }) => isMarked),
      restarts ? [] : [true],
    );
  }
});

test('the mean of a tracker whose last torrent is gone fades; one no longer configured has none', async () => {
  const { keys, qbittorrent, observer, observe } = makeRig(1);
  for (let n = 0; n < 8; n += 1) {
    qbittorrent.uploadedBytes = n * 1_000_000;
    await observe();
  }
  assert.ok((observer.tenSecondMeans().get('t') ?? 0) > 100_000);
  qbittorrent.remove(keys[0] ?? '');
  for (let n = 0; n < 8; n += 1) await observe();
  assert.is(observer.tenSecondMeans().get('t'), 0);
  await observe({ ...SETTINGS, trackers: [] });
  assert.is(observer.tenSecondMeans().size, 0);
});

test('a look that another read comes between begins anew', async () => {
  const { keys, picture, hooks, observe } = makeRig(600);
  const [gone = ''] = keys;
  let reads = 0;
  hooks.onRead = () => {
    reads += 1;
    // Torrents of the first rows have been looked at by then.
    if (reads === 300) picture.table.apply(data({ rid: 999, removed: [hashOf(1)] }));
  };
  const { crowds } = await observe();
  const seen = crowds.get('t')?.due.map(({ key }) => key) ?? [];
  assert.not(seen.includes(gone), 'the torrent that went meanwhile');
  assert.equal(
    seen,
    keys.filter((key) => key !== gone),
  );
});

test('a rollout in part hashes each torrent once, not once in every cycle', async () => {
  const { observe: look, qbittorrent } = makeRig(20);
  const observe = (settings: typeof SETTINGS) => {
    qbittorrent.uploadedBytes += 1_000_000;
    return look(settings);
  };
  const half = { ...SETTINGS, rolloutPercentage: 50 };
  const { createHash } = crypto;
  let hashed = 0;
  crypto.createHash = (...args: Parameters<typeof createHash>) => {
    hashed += 1;
    return createHash(...args);
  };
  syncBuiltinESMExports();
  try {
    await observe(SETTINGS);
    assert.is(hashed, 0, 'none at all with everything in it');
    const first = (await observe(half)).readings.map(({ inRollout }) => inRollout);
    const second = (await observe(half)).readings.map(({ inRollout }) => inRollout);
    assert.is(hashed, 20);
    assert.equal(second, first);
    assert.ok(first.includes(true) && first.includes(false));
    assert.ok(
      (await observe({ ...half, rolloutPercentage: 0 })).readings.every(({ inRollout }) => !inRollout),
    );
  } finally {
    crypto.createHash = createHash;
    syncBuiltinESMExports();
  }
});

test('torrents that are idle, not held and can not wake are counted, not read', async () => {
  const { keys, held, observe } = makeRig(3, null, DAYS_AFTER);
  const all = { ...SETTINGS, idleGuard: 'all' } as const;
  assert.is((await observe(all)).readings.length, 3);
  const seen = await observe();
  assert.equal([seen.readings.length, [...seen.dormant]], [0, [['t', 3]]]);
  held.intend(keys[1] ?? '', 't', 0, 5000, 0);
  const withHeld = await observe();
  assert.equal(
    withHeld.readings.map(({ key }) => key),
    [keys[1]],
  );
  assert.equal([...withHeld.dormant], [['t', 2]]);
});

test('a torrent that uploads is read, also under a tracker without a cap, until it was still for long', async () => {
  const { qbittorrent, observe } = makeRig(2, null, DAYS_AFTER);
  const free = { ...SETTINGS, trackers: [{ id: 't', capBps: UNLIMITED, priority: 1 }] };
  await observe(free);
  qbittorrent.uploadedBytes = 4_000_000;
  assert.is((await observe(free)).readings.length, 2);
  for (let cycle = 0; cycle < 7; cycle += 1) assert.is((await observe(free)).readings.length, 2, `${cycle}`);
  assert.is((await observe(free)).readings.length, 0);
});

test('a wall clock that leaps puts no torrent to sleep', async () => {
  const { clock, observe } = makeRig(2, null, 3_600_000);
  assert.is((await observe()).readings.length, 2, 'active an hour ago');
  clock.now = () => 4_000_000_000_000;
  const seen = await observe();
  assert.equal([seen.readings.length, seen.dormant.size], [2, 0]);
});

test('cycles that read the same statistics again put no torrent to sleep', async () => {
  const { clock, qbittorrent, observe } = makeRig(1, null, DAYS_AFTER);
  await observe();
  qbittorrent.uploadedBytes = 4_000_000;
  await observe();
  for (let again = 0; again < 20; again += 1) {
    clock.at -= 1_990;
    const [reading] = (await observe()).readings;
    assert.ok((reading?.usage.rateBps ?? 0) > 0, `after ${again} more`);
  }
});

test('a missing torrent does not age by a wall clock that leaps', async () => {
  const { clock, keys, qbittorrent, held, observe, limit } = makeRig(1);
  await limit(5000);
  clock.now = () => 0;
  qbittorrent.remove(keys[0] ?? '');
  await observe();
  clock.now = () => 4_000_000_000_000;
  await observe();
  assert.equal(held.missingFor(60_000, clock.monotonic()), []);
  clock.at += 60_001;
  assert.equal(held.missingFor(60_000, clock.monotonic()), keys);
});

test('a dry run that would have released a really held torrent plans on from its own limit', async () => {
  const dryRun = new DryRunLimits('/nowhere/dry.json');
  const { keys, held, observe, limit } = makeRig(2, dryRun);
  await limit(5000);
  dryRun.release(keys[0] ?? '');
  const [released, other] = (await observe()).readings;
  assert.equal([released?.held, released?.limitBps, released?.ownLimitBps], [false, UNLIMITED, UNLIMITED]);
  assert.equal([other?.held, other?.limitBps, other?.ownLimitBps], [true, 5000, UNLIMITED]);
  assert.is(held.size, 2, 'it is held all the same');
  dryRun.set(keys[0] ?? '', 9000);
  const [limited] = (await observe()).readings;
  assert.equal([limited?.held, limited?.limitBps], [true, 9000]);
});

test('a dry run forgets torrents that qBittorrent no longer has', async () => {
  const dryRun = new DryRunLimits('/nowhere/dry.json');
  const { keys, qbittorrent, observe } = makeRig(1, dryRun);
  dryRun.set(keys[0] ?? '', 9000);
  await observe();
  assert.is(dryRun.size, 1);
  qbittorrent.remove(keys[0] ?? '');
  await observe();
  assert.is(dryRun.size, 0);
});

test('thousands of limits changed by hand are journaled at once, before they are taken over', async () => {
  const { keys, qbittorrent, journal, held, abort, changedByUser, observe, limit } = makeRig(3000);
  await limit(5000);
  qbittorrent.set(
    keys.map((_, at) => hashOf(at + 1)),
    777,
  );
  qbittorrent.before = () => abort.abort();
  await observe().catch(() => undefined);
  assert.not(journal.asked.includes('replaceOriginals'), 'a cycle that is broken off takes over nothing');
  qbittorrent.before = () => {};
  await observe().catch(() => undefined);
  assert.is(held.get(keys[0] ?? '')?.ownWire, 0);

  const again = makeRig(3000);
  await again.limit(5000);
  again.qbittorrent.set(
    keys.map((_, at) => hashOf(at + 1)),
    777,
  );
  await again.observe();
  assert.is(again.journal.asked.filter((name) => name === 'replaceOriginals').length, 1);
  assert.ok([...again.journal.originals.values()].every(({ originalWire }) => originalWire === 777));
  assert.ok([...again.held.values()].every(({ ownWire }) => ownWire === 777));
  assert.is(again.changedByUser.length, 3000);
  assert.is(changedByUser.length, 0);
});

test.run();
