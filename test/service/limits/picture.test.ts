import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CallQueue } from '../../../src/queue/call-queue.ts';
import { Picture } from '../../../src/service/limits/picture.ts';
import { FakeQbittorrent } from '../../support/fake-qbittorrent.ts';
import { HandClock } from '../../support/hand-clock.ts';
import { keyOf } from '../../support/torrents.ts';

const test = suite('picture');

function makeRig(held = { size: 0, noteClientRestart: () => {} }) {
  const clock = new HandClock();
  const qbittorrent = new FakeQbittorrent(() => clock.at, [[keyOf(1), 5000]]);
  const queue = new CallQueue({ callsPerSecond: 200, maxWaiting: 100 });
  const picture = new Picture({ instance: 'default', client: () => qbittorrent.client, queue, clock, held });
  const abort = new AbortController();
  const refresh = (full = false) => picture.refresh('read', full, abort.signal);
  return { clock, qbittorrent, picture, abort, refresh };
}

test('a read brings the torrents, and says when it arrived', async () => {
  const { clock, picture, refresh } = makeRig();
  assert.is(await refresh(), clock.at);
  assert.is(picture.get(keyOf(1))?.uploadLimitBps, 5000);
  assert.is([...picture.torrents()].length, 1);
});

test('only writes from a whole refresh before the question show for certain, however late the answer', async () => {
  const { clock, qbittorrent, picture, refresh } = makeRig();
  assert.is(picture.showsWritesUntil, Number.NEGATIVE_INFINITY);
  const askedAt = clock.at;
  qbittorrent.before = () => {
    clock.at += 5000;
  };
  await refresh();
  assert.is(picture.showsWritesUntil, askedAt - picture.showsWithinMs);
});

test('a full answer to a request for changes counts as a restart of the client, once', async () => {
  const held = { size: 0, restarts: 0, noteClientRestart: () => (held.restarts += 1) };
  const { qbittorrent, refresh } = makeRig(held);
  await refresh();
  await refresh();
  assert.is(held.restarts, 0);
  qbittorrent.forgetSession();
  await refresh();
  await refresh();
  assert.is(held.restarts, 1);
});

test('a read that fails, or is broken off, changes nothing', async () => {
  const { qbittorrent, picture, abort, refresh } = makeRig();
  await refresh();
  qbittorrent.add(keyOf(2), 0);
  qbittorrent.before = () => {
    throw new Error('broke off');
  };
  assert.match(String(await refresh().catch((error: unknown) => error)), /broke off/);
  qbittorrent.before = () => abort.abort();
  await refresh().catch(() => undefined);
  assert.is(picture.table.size, 1);
});

test('two reads at once, one of them full, do not mix', async () => {
  const { picture, refresh } = makeRig();
  await refresh();
  await Promise.all([refresh(false), refresh(true), refresh(false)]);
  assert.is(picture.table.size, 1);
});

test('no torrents where there were some is a failure, until it is said often enough', async () => {
  const { qbittorrent, picture, refresh } = makeRig();
  await refresh();
  qbittorrent.remove(keyOf(1));
  for (let n = 0; n < 2; n += 1) {
    assert.match(
      String(await refresh(true).catch((error: unknown) => error)),
      /expected 1 torrents, as before/,
    );
    assert.is(picture.table.size, 1);
  }
  await refresh(true);
  assert.is(picture.table.size, 0);
});

test('where torrents hold limits, a first picture without any is not believed before the third', async () => {
  const { qbittorrent, picture, refresh } = makeRig({ size: 4, noteClientRestart: () => {} });
  qbittorrent.remove(keyOf(1));
  for (let look = 0; look < 2; look += 1) {
    await assertRejects(refresh(), /expected 4 torrents, as before/);
  }
  await refresh();
  assert.is(picture.table.size, 0);
});

test('where none do, a first picture without any is taken as it is', async () => {
  const { qbittorrent, picture, refresh } = makeRig();
  qbittorrent.remove(keyOf(1));
  await refresh();
  assert.is(picture.table.size, 0);
});

async function assertRejects(work: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.match(String(error), message);
}

test.run();
