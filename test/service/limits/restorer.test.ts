import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { limitToWire } from '../../../src/control/limit-mark.ts';
import { JournalError } from '../../../src/journal/errors.ts';
import { MemoryJournal } from '../../../src/journal/memory-journal.ts';
import { CallQueue } from '../../../src/queue/call-queue.ts';
import { HeldLimits } from '../../../src/service/limits/held-limits.ts';
import { Picture } from '../../../src/service/limits/picture.ts';
import { Restorer } from '../../../src/service/limits/restorer.ts';
import { FakeQbittorrent } from '../../support/fake-qbittorrent.ts';
import { HandClock } from '../../support/hand-clock.ts';
import { TappedJournal } from '../../support/tapped-journal.ts';
import { hashOf, keyOf, torrentShowing } from '../../support/torrents.ts';

const test = suite('restorer');
const OURS = 5000;

/** Torrents 1..n with these own limits, all limited to 5000, journaled and confirmed. */
async function makeRig(own: readonly number[]) {
  const clock = new HandClock();
  const keys = own.map((_, at) => keyOf(at + 1));
  const qbittorrent = new FakeQbittorrent(
    () => clock.at,
    keys.map((key) => [key, OURS] as const),
  );
  const journal = new TappedJournal(new MemoryJournal());
  const held = new HeldLimits();
  const torrents = own.map((fromWire, at) => ({ key: keyOf(at + 1), fromWire }));
  await journal.recordIntent([{ cycle: 1, trackerId: 'alpha', reason: 'level', toWire: OURS, torrents }], 0);
  for (const { key, fromWire } of torrents) {
    held.intend(key, 'alpha', fromWire, OURS, 0);
    held.written(key, OURS, clock.at);
  }
  clock.at += 5000;
  own.forEach((_, at) => {
    held.see(torrentShowing(at + 1, OURS), clock.at);
  });
  const queue = new CallQueue({ callsPerSecond: 200, maxWaiting: 100 });
  const client = () => qbittorrent.client;
  const problems: unknown[] = [];
  const restorer = new Restorer({
    picture: new Picture({ instance: 'default', client, queue, clock }),
    client,
    queue,
    journal,
    held,
    clock,
    onJournalProblem: (error) => problems.push(error),
  });
  const abort = new AbortController();
  const limits = () => keys.map((key) => qbittorrent.limitOf(key));
  return {
    clock,
    qbittorrent,
    journal,
    held,
    keys,
    problems,
    abort,
    limits,
    restore: () => restorer.restore(null, { reason: 'rollback', cycle: 7 }, abort.signal),
  };
}

test('every own limit comes back to the byte, with one call for each that differs', async () => {
  const own = [0, 500, 0, 123_457, 500, 1];
  const { qbittorrent, journal, held, limits, restore } = await makeRig(own);
  const result = await restore();
  assert.equal(result, { restored: 6, missing: [], unrestored: [] });
  assert.equal(limits(), own);
  assert.is(qbittorrent.writes().length, 4);
  assert.is(journal.originals.size, 0);
  assert.is(held.size, 0);
});

test('nothing held: nothing is asked of qBittorrent', async () => {
  const { qbittorrent, restore } = await makeRig([]);
  assert.equal(await restore(), { restored: 0, missing: [], unrestored: [] });
  assert.is(qbittorrent.calls.length, 0);
});

test('a limit of ours that does not show yet is taken back, though the own one is shown', async () => {
  const { clock, qbittorrent, held, limits, keys, restore } = await makeRig([0]);
  const [key = ''] = keys;
  qbittorrent.add(key, 0);
  held.intend(key, 'alpha', 0, 7000, 0);
  qbittorrent.set([hashOf(1)], 7000);
  held.written(key, 7000, clock.at);
  assert.equal(await restore(), { restored: 1, missing: [], unrestored: [] });
  clock.at += 5000;
  assert.equal(limits(), [0]);
});

test('a call of ours that arrives late, after the own limit was written, is found and undone', async () => {
  const { qbittorrent, journal, keys, limits, restore } = await makeRig([0]);
  // The own limit is shown from the first: only time tells that another is yet to show.
  qbittorrent.add(keys[0] ?? '', 0);
  qbittorrent.after = () => {
    qbittorrent.after = () => {};
    qbittorrent.set([hashOf(1)], limitToWire(9000));
  };
  assert.equal(await restore(), { restored: 1, missing: [], unrestored: [] });
  assert.equal(limits(), [0]);
  assert.is(journal.originals.size, 0);
});

test("the user's later limit is kept, not overwritten", async () => {
  const { clock, qbittorrent, limits, restore } = await makeRig([0, 0]);
  qbittorrent.set([hashOf(1)], 77_777);
  clock.at += 2000;
  await restore();
  assert.equal(limits(), [77_777, 0]);
});

test('limits that the user set by hand are journaled together', async () => {
  const { clock, qbittorrent, journal, limits, restore } = await makeRig([0, 0, 600]);
  qbittorrent.set([hashOf(1), hashOf(2), hashOf(3)], 77_777);
  clock.at += 2000;
  await restore();
  assert.equal(limits(), [77_777, 77_777, 77_777]);
  assert.is(journal.asked.filter((name) => name === 'replaceOriginals').length, 1);
});

test('torrents that are not there stay in the journal, also those that vanish meanwhile', async () => {
  const { qbittorrent, journal, keys, restore } = await makeRig([0, 600, 700]);
  qbittorrent.remove(keys[0] ?? '');
  qbittorrent.before = ({ wire }) => {
    if (wire === 700) qbittorrent.remove(keys[2] ?? '');
  };
  const result = await restore();
  assert.is(result.restored, 1);
  assert.equal(result.missing, [keys[0], keys[2]]);
  assert.equal([...journal.originals.keys()], [keys[0], keys[2]]);
});

test('interrupted, it keeps what is not restored yet; begun anew, it restores it', async () => {
  const { qbittorrent, journal, limits, restore } = await makeRig([0, 600, 700]);
  qbittorrent.before = ({ wire }) => {
    if (wire === 600) throw new Error('gone');
  };
  assert.match(String(await restore().catch((error: unknown) => error)), /gone/);
  assert.is(journal.originals.size, 3);
  qbittorrent.before = () => {};
  assert.is((await restore()).restored, 3);
  assert.equal(limits(), [0, 600, 700]);
});

test('aborted, it sends nothing more', async () => {
  const { qbittorrent, journal, abort, restore } = await makeRig([0, 600, 700]);
  qbittorrent.before = ({ kind }) => {
    if (kind === 'restoreUploadLimit') abort.abort();
  };
  await restore().catch(() => undefined);
  assert.is(qbittorrent.writes().length, 1);
  assert.is(journal.originals.size, 3);
});

test('a qBittorrent that takes no limit is tried three times, and told of', async () => {
  const { qbittorrent, journal, keys, restore } = await makeRig([600]);
  qbittorrent.before = ({ kind }) => {
    if (kind === 'mainData') qbittorrent.add(keys[0] ?? '', OURS);
  };
  const result = await restore();
  assert.equal(result, { restored: 0, missing: [], unrestored: keys });
  assert.is(qbittorrent.writes().length, 3);
  assert.is(journal.originals.size, 1);
});

test('a journal that cannot be written stops no rollback', async () => {
  const { clock, qbittorrent, journal, problems, limits, restore } = await makeRig([0, 600, 700]);
  qbittorrent.set([hashOf(3)], 4_444);
  clock.at += 2000;
  journal.failWith = new JournalError('full', 'x', 'no space');
  assert.is((await restore()).restored, 3);
  assert.equal(limits(), [0, 600, 4_444]);
  assert.ok(problems.length > 0 && problems.every((problem) => problem === journal.failWith));
});

test.run();
