import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createBus } from '../../../src/bus.ts';
import { EMPTY_MEMORY, type LimitCall, type Plan } from '../../../src/control/types.ts';
import { limitFromWire } from '../../../src/control/units.ts';
import type { EventName } from '../../../src/events.ts';
import { JournalError } from '../../../src/journal/errors.ts';
import { MemoryJournal } from '../../../src/journal/memory-journal.ts';
import { CallQueue } from '../../../src/queue/call-queue.ts';
import { DryRunLimits } from '../../../src/service/limits/dry-run.ts';
import { Enforcer } from '../../../src/service/limits/enforcer.ts';
import { HeldLimits } from '../../../src/service/limits/held-limits.ts';
import { FakeQbittorrent } from '../../support/fake-qbittorrent.ts';
import { HandClock } from '../../support/hand-clock.ts';
import { TappedJournal } from '../../support/tapped-journal.ts';
import { hashOf, keyOf, torrentShowing } from '../../support/torrents.ts';

const test = suite('enforcer');

function set(kind: LimitCall['kind'], toWire: number, from: Readonly<Record<number, number>>): LimitCall {
  const changes = Object.entries(from).map(([n, fromWire]) => ({
    key: keyOf(Number(n)),
    trackerId: 'alpha',
    fromBps: limitFromWire(fromWire),
    toBps: limitFromWire(toWire),
    binds: true,
    kind,
    reason: 'level',
  }));
  return { kind, trackerId: 'alpha', toWire, reason: 'level', changes };
}

function planOf(...calls: LimitCall[]): Plan {
  return { calls, deferred: 0, considered: 0, managed: 0, standby: 0, trackers: [], memory: EMPTY_MEMORY };
}

function makeRig(dryRun: DryRunLimits | null = null) {
  const clock = new HandClock();
  const qbittorrent = new FakeQbittorrent(
    () => clock.at,
    [1, 2, 3, 4].map((n) => [keyOf(n), 0] as const),
  );
  const journal = new TappedJournal(new MemoryJournal());
  const held = new HeldLimits();
  const told: EventName[] = [];
  const bus = createBus((_name, error) => {
    throw error;
  });
  bus.onAny((name) => told.push(name));
  const enforcer = new Enforcer({
    client: () => qbittorrent.client,
    queue: new CallQueue({ callsPerSecond: 200, maxWaiting: 100 }),
    journal,
    held,
    dryRun: () => dryRun,
    bus,
    clock,
  });
  const abort = new AbortController();
  const apply = (...calls: LimitCall[]) => enforcer.apply(planOf(...calls), 1, abort.signal);
  return { clock, qbittorrent, journal, held, told, abort, apply };
}

async function changesOf(journal: TappedJournal) {
  const { items } = await journal.page('change', 0, 100);
  return items.flatMap((item) => ('toWire' in item ? [{ toWire: item.toWire, state: item.state }] : []));
}

test('every intent is on disk before the first call goes out', async () => {
  const { qbittorrent, journal, apply } = makeRig();
  let callsAtIntent = -1;
  journal.onIntent = async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    callsAtIntent = qbittorrent.calls.length;
  };
  await apply(set('cut', 5000, { 1: 0, 2: 0 }), set('raise', 9000, { 3: 700 }));
  assert.is(callsAtIntent, 0);
  assert.is(qbittorrent.writes().length, 2);
  assert.equal(
    [...journal.originals.values()].map(({ originalWire }) => originalWire),
    [0, 0, 700],
  );
});

test('one limit for torrents of several trackers and reasons is one call, and stays several changes', async () => {
  const { qbittorrent, journal, told, apply } = makeRig();
  const guard = { ...set('cut', 5000, { 2: 0 }), trackerId: 'beta', reason: 'guard' };
  const result = await apply(set('cut', 5000, { 1: 0 }), guard, set('raise', 5000, { 3: 700 }));
  assert.equal(
    qbittorrent.writes().map(({ hashes }) => hashes.length),
    [3],
  );
  assert.equal([result.calls, result.changed, result.failedCalls], [1, 3, 0]);
  assert.equal(
    (await changesOf(journal)).map(({ state }) => state),
    ['done', 'done', 'done'],
  );
  assert.is(told.filter((name) => name === 'limits:written').length, 3);
});

test('a raise that goes along with cuts waits for all others', async () => {
  const { qbittorrent, apply } = makeRig();
  const release = { ...set('release', 5000, { 4: 0 }), reason: 'released: idle' };
  await apply(
    set('cut', 5000, { 1: 0 }),
    set('cut', 3000, { 2: 0 }),
    release,
    set('raise', 9000, { 3: 700 }),
    set('raise', 5000, { 4: 700 }),
  );
  assert.equal(
    qbittorrent.writes().map(({ wire, hashes }) => [wire, hashes.length]),
    [
      [3000, 1],
      [5000, 2],
      [9000, 1],
    ],
    'a release of what is not held sends nothing',
  );
});

test('a journal that cannot be written means no call at all, and nothing held', async () => {
  const { qbittorrent, journal, held, apply } = makeRig();
  journal.failWith = new JournalError('full', 'x', 'no space');
  const error = await apply(set('cut', 5000, { 1: 0 })).catch((reason: unknown) => reason);
  assert.instance(error, JournalError);
  assert.is(qbittorrent.calls.length, 0);
  assert.is(held.size, 0);
});

test('calls go out in the order of the plan, each noted as done', async () => {
  const { qbittorrent, journal, told, apply } = makeRig();
  const result = await apply(set('cut', 5000, { 2: 0 }), set('raise', 9000, { 1: 700 }));
  assert.equal(
    qbittorrent.writes().map(({ wire }) => wire),
    [5000, 9000],
  );
  assert.equal(result, { changed: 2, calls: 2, failedCalls: 0, failure: null });
  assert.ok((await changesOf(journal)).every(({ state }) => state === 'done'));
  assert.is(told.filter((name) => name === 'limits:written').length, 2);
});

test('a call that fails is failed in the journal; its torrents stay held, the others are set', async () => {
  const { qbittorrent, journal, held, told, apply } = makeRig();
  const broken = new Error('broke off');
  qbittorrent.before = ({ wire }) => {
    if (wire === 5000) throw broken;
  };
  const result = await apply(set('cut', 5000, { 1: 0 }), set('raise', 9000, { 2: 700 }));
  assert.is(result.failedCalls, 1);
  assert.is(result.failure, broken);
  assert.is(result.changed, 1);
  assert.is(held.get(keyOf(1))?.ownWire, 0, 'it may have arrived all the same');
  assert.is(held.get(keyOf(1))?.wire, null);
  assert.ok(journal.originals.has(keyOf(1)));
  const states = Object.fromEntries((await changesOf(journal)).map(({ toWire, state }) => [toWire, state]));
  assert.equal(states, { 5000: 'failed', 9000: 'done' });
  assert.ok(told.includes('limits:failed'));
});

test('broken off while thousands that are on disk are noted, it notes all of them: what is journaled is held', async () => {
  const { held, abort, apply, journal } = makeRig();
  const from = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [n, 0]));
  const intend = held.intend.bind(held);
  held.intend = (...args) => {
    abort.abort();
    const until = performance.now() + 0.01;
    while (performance.now() < until);
    intend(...args);
  };
  const { failedCalls } = await apply(set('cut', 5000, from));
  assert.is(failedCalls, 1);
  assert.is(held.size, 5000);
  assert.equal([...journal.originals.keys()].sort(), [...held.values()].map(({ key }) => key).sort());
});

test('aborted before, it journals nothing; aborted during a call, it sends no further one', async () => {
  const before = makeRig();
  before.abort.abort();
  await before.apply(set('cut', 5000, { 1: 0 })).catch(() => undefined);
  assert.equal(before.journal.asked, []);
  assert.is(before.qbittorrent.calls.length, 0);

  const during = makeRig();
  during.qbittorrent.before = () => during.abort.abort();
  const result = await during.apply(
    set('cut', 5000, { 1: 0 }),
    set('cut', 6000, { 2: 0 }),
    set('cut', 7000, { 3: 0 }),
  );
  assert.is(during.qbittorrent.calls.length, 1);
  assert.ok(result.failedCalls >= 2);
  assert.is(during.held.size, 3, 'what was sent or not: all stay held');
  assert.is(during.journal.originals.size, 3);
});

test('a release restores the own limit exactly, and closes the original only when it shows', async () => {
  const { clock, qbittorrent, journal, held, apply } = makeRig();
  qbittorrent.add(keyOf(1), 500);
  await apply(set('cut', 5000, { 1: 500 }));
  clock.at += 2000;
  held.see(torrentShowing(1, 5000), clock.at);
  await apply(set('release', 500, { 1: 5000 }));
  assert.equal(qbittorrent.calls.at(-1), { kind: 'restoreUploadLimit', hashes: [hashOf(1)], wire: 500 });
  assert.ok(journal.originals.has(keyOf(1)), 'the sync data may still show 5000');

  const calls = qbittorrent.calls.length;
  await apply(set('release', 500, { 1: 500 }));
  assert.is(qbittorrent.calls.length, calls, 'sent already');
  clock.at += 2000;
  held.see(torrentShowing(1, 500), clock.at);
  await apply(set('release', 500, { 1: 500 }));
  assert.is(qbittorrent.calls.length, calls, 'a release of what shows its own limit sends nothing');
  assert.is(journal.originals.size, 0);
  assert.is(held.size, 0);
});

test('a release is not closed by a picture from before the cut that it takes back', async () => {
  const { clock, journal, held, apply } = makeRig();
  await apply(set('cut', 5000, { 1: 500 }));
  clock.at += 300;
  await apply(set('release', 500, { 1: 5000 }));
  clock.at += 100;
  held.see(torrentShowing(1, 500), clock.at);
  await apply(set('release', 500, { 1: 500 }));
  assert.is(journal.originals.size, 1, 'or 5000, shown next, would become the original');
  clock.at += 2000;
  held.see(torrentShowing(1, 500), clock.at);
  await apply(set('release', 500, { 1: 500 }));
  assert.is(journal.originals.size, 0);
});

test('a call on its way when its cycle is broken off comes to its end, so that it is known what holds', async () => {
  const { qbittorrent, held, abort, apply } = makeRig();
  let isBrokenOff: boolean | undefined;
  qbittorrent.before = (_call, signal) => {
    abort.abort();
    isBrokenOff = signal?.aborted;
  };
  await apply(set('cut', 5000, { 1: 0 }));
  assert.is(isBrokenOff, false);
  assert.is(held.get(keyOf(1))?.wire, 5000);
  assert.is(held.get(keyOf(1))?.unsettledSince, null);
});

test('a release takes only those of a call that still need it', async () => {
  const { clock, qbittorrent, held, apply } = makeRig();
  await apply(set('cut', 5000, { 1: 0, 2: 0 }));
  clock.at += 2000;
  held.see(torrentShowing(1, 5000), clock.at);
  held.see(torrentShowing(2, 5000), clock.at);
  held.adopt(keyOf(1), 8000, clock.at);
  await apply(set('release', 0, { 1: 8000, 2: 5000 }));
  assert.equal(qbittorrent.calls.at(-1)?.hashes, [hashOf(2)]);
  assert.is(held.get(keyOf(1)), undefined);
});

test('a journal that fails at the end of a release keeps the torrents held, and sends nothing', async () => {
  const { clock, qbittorrent, journal, held, apply } = makeRig();
  await apply(set('cut', 5000, { 1: 0 }));
  clock.at += 2000;
  held.see(torrentShowing(1, 5000), clock.at);
  held.adopt(keyOf(1), 5000, clock.at);
  journal.failWith = new JournalError('full', 'x', 'no space');
  const error = await apply(set('release', 5000, { 1: 5000 }), set('cut', 6000, { 2: 0 })).catch(
    (e: unknown) => e,
  );
  assert.instance(error, JournalError);
  assert.is(held.size, 1);
  assert.is(qbittorrent.writes().length, 1);
});

test('a dry run sends and journals nothing, remembers what it would have set, and writes its file', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'enforcer-test-'));
  const file = path.join(folder, 'below', 'dry.json');
  try {
    const limits = new DryRunLimits(file);
    const { qbittorrent, journal, held, told, apply } = makeRig(limits);
    await apply(set('cut', 5000, { 1: 0, 2: 0 }));
    await apply(set('release', 0, { 2: 5000 }));
    assert.is(limits.get(keyOf(1)), 5000);
    assert.equal(JSON.parse(await readFile(file, 'utf8')), { [hashOf(1)]: 5000 });
    assert.is(qbittorrent.calls.length, 0);
    assert.equal(journal.asked, []);
    assert.is(held.size, 0);
    assert.equal(told, ['limits:would-change', 'limits:would-change']);
    await limits.clear();
    assert.equal(JSON.parse(await readFile(file, 'utf8')), {});
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test.run();
