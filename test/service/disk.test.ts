import { appendFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NedbJournal } from '../../src/journal/nedb-journal.ts';
import { fsync, type Sync } from '../../src/journal/sync.ts';
import { systemClock } from '../../src/service/clock.ts';
import { PatientJournal } from '../../src/service/patient-journal.ts';
import { failWith, realStorage, withStorage } from '../support/nedb-storage.ts';
import { eventually, MIB, Rig, type RigOptions, sleepers } from '../support/service-rig.ts';

const HOST = 'alpha.example';
const OWN = [0, 0, 3_000_000];
const REQUEST = { by: 'test', reason: 'as asked' };
const test = suite('a disk that fails under the service');

const swarm: RigOptions = {
  caps: { [HOST]: 4 * MIB },
  torrents: [...sleepers(HOST, 2), ...sleepers(HOST, 1, 3_000_000)],
};

interface Disk {
  readonly rig: Rig;
  readonly file: string;
  readonly journal: NedbJournal;
}

/** The service with its journal on a disk. @param patienceMs for the journal; by default as long as it takes */
async function onDisk(
  body: (disk: Disk) => Promise<void>,
  options: { readonly sync?: Sync; readonly patienceMs?: number } = {},
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'disk-test-'));
  const file = path.join(folder, 'data', 'rollback.db');
  const journal = new NedbJournal({ path: file, ...(options.sync && { sync: options.sync }) });
  await journal.open();
  const { patienceMs } = options;
  const given = patienceMs
    ? new PatientJournal({ journal, path: file, clock: systemClock, patienceMs })
    : journal;
  try {
    await Rig.with({ ...swarm, journal: given }, (rig) => body({ rig, file, journal }));
  } finally {
    await journal.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function failing(code: string, task: () => Promise<void>): Promise<void> {
  return withStorage({ appendFileAsync: failWith(code), crashSafeWriteFileLinesAsync: failWith(code) }, task);
}

/** A cycle that wants other limits than before; whether it may write them is another matter. */
async function wantOthers(rig: Rig, cap: number): Promise<void> {
  rig.configure({}, { [HOST]: cap });
  await rig.operations.reloadConfig();
  await cycle(rig);
}

async function cycle(rig: Rig): Promise<void> {
  await rig.cycle().catch(() => undefined);
}

const problemsOf = (rig: Rig) => rig.operations.health().problems;

for (const code of ['ENOSPC', 'EROFS', 'EACCES', 'EIO']) {
  test(`${code}: nothing is written without journal, /health says why, the log once, and it goes on by itself`, () =>
    onDisk(async ({ rig }) => {
      const { writes, limits } = rig;
      await failing(code, async () => {
        for (const cap of [2 * MIB, MIB, 3 * MIB]) await wantOthers(rig, cap);
        assert.is(rig.writes, writes);
        assert.equal(rig.limits, limits);
        const { status, enforcing, problems } = rig.operations.health();
        assert.equal([status, enforcing], ['unhealthy', false]);
        assert.is(problems.filter((text) => text.includes(code)).length, 1, problems.join('\n'));
        assert.match(
          problems.join(),
          /nothing is limited while the journal can't be written: .*rollback\.db/,
        );
        assert.is(rig.count('journal:failed'), 1);
      });
      await cycle(rig);
      assert.ok(rig.writes > writes, 'the cycle after the disk is well again writes');
      assert.not.equal(rig.limits, limits);
      assert.equal([rig.count('journal:recovered'), problemsOf(rig)], [1, []]);
      await rig.operations.rollback(REQUEST);
      assert.equal(rig.limits, OWN);
    }));
}

test('on a full disk a rollback gives all limits back from memory, and is on disk when there is room', () =>
  onDisk(async ({ rig, file }) => {
    await failing('ENOSPC', async () => {
      const answer = await rig.operations.rollback(REQUEST);
      assert.equal([answer.status, answer.changes_reversed, answer.remembered], ['completed', 3, false]);
      assert.equal(rig.limits, OWN);
    });
    rig.run.bus.emit('timer:control', { at: Date.now() });
    await eventually('remembered and closed', () => {
      const { openRollback, originals } = rig.journal;
      return (openRollback?.finishedAt ?? null) !== null && originals.size === 0;
    });
    assert.match(await readFile(file, 'utf8'), /"kind":"rollback"/);
    assert.equal(rig.limits, OWN);
  }));

test('what users set after a rollback on a full disk stays theirs, after a resumption and a crash too', () =>
  onDisk(async ({ rig }) => {
    await failing('ENOSPC', async () => void (await rig.operations.rollback(REQUEST)));
    rig.setByHand(0, 1_500_000);
    await rig.shown();
    rig.run.bus.emit('timer:control', { at: Date.now() });
    await eventually('closed', () => rig.journal.originals.size === 0);
    await eventually('rolled back', () => rig.service.lifecycle === 'rolledBack');
    await rig.operations.resume();
    await rig.next('cycle:finished');
    rig.run.die();
    await rig.startService();
    await rig.next('cycle:finished');
    await rig.operations.rollback(REQUEST);
    assert.equal(rig.limits, [1_500_000, ...OWN.slice(1)]);
  }));

test('an original whose intent failed half done follows the user like any other', () =>
  onDisk(async ({ rig, file }) => {
    await rig.operations.rollback(REQUEST);
    const originalsOnly = async (...args: unknown[]) => {
      const text = String(args[1]);
      if (!text.includes('"kind":"original"')) return await realStorage.appendFileAsync(...args);
      await appendFile(file, text.slice(0, text.indexOf('\n') + 1));
      await failWith('ENOSPC')();
    };
    await withStorage({ appendFileAsync: originalsOnly }, async () => {
      const failed = rig.next('cycle:failed');
      await rig.operations.resume();
      await failed;
    });
    assert.equal(rig.limits, OWN);
    rig.setByHand(0, 1_500_000);
    await cycle(rig);
    rig.run.die();
    await rig.startService();
    await rig.next('cycle:finished');
    await rig.operations.rollback(REQUEST);
    assert.equal(rig.limits, [1_500_000, ...OWN.slice(1)]);
  }));

test('no call goes out before a slow fsync is done', () => {
  let isSyncing = false;
  let slowMs = 0;
  const sync: Sync = {
    ...fsync,
    async file(file) {
      isSyncing = true;
      await sleep(slowMs);
      isSyncing = false;
      return await fsync.file(file);
    },
  };
  return onDisk(
    async ({ rig }) => {
      slowMs = 700;
      const { writes } = rig;
      rig.configure({}, { [HOST]: 2 * MIB });
      await rig.shown();
      const finished = rig.next('cycle:finished', ({ changed }) => changed > 0);
      await rig.operations.reloadConfig();
      await eventually('an fsync under way', () => isSyncing);
      await sleep(400);
      assert.equal([isSyncing, rig.writes], [true, writes]);
      assert.is(rig.operations.health().status, 'healthy', 'slow is not ill');
      await finished;
      assert.ok(rig.writes > writes);
    },
    { sync },
  );
});

test('on a disk that hangs a rollback works, /health says so, and when it wakes all comes to its end', () => {
  let wake = () => {};
  let asleep: Promise<void> | null = null;
  const sync: Sync = {
    ...fsync,
    async file(file) {
      await asleep;
      return await fsync.file(file);
    },
  };
  return onDisk(
    async ({ rig, journal }) => {
      asleep = new Promise((resolve) => {
        wake = resolve;
      });
      const { writes } = rig;
      await wantOthers(rig, 2 * MIB);
      assert.is(rig.writes, writes);
      assert.match(problemsOf(rig).join(), /has not answered for 0\.3 s: its disk hangs/);
      const answer = await rig.operations.rollback(REQUEST);
      assert.equal([answer.status, answer.remembered], ['completed', false]);
      assert.equal(rig.limits, OWN);
      assert.ok(journal.originals.size > 0, 'the journal has heard of nothing yet');

      asleep = null;
      wake();
      await eventually('all closed and remembered', () => {
        rig.run.bus.emit('timer:control', { at: Date.now() });
        return journal.originals.size === 0 && (journal.openRollback?.finishedAt ?? null) !== null;
      });
      assert.equal(rig.limits, OWN);
      await eventually('told', () => {
        rig.service.requestCycle('timer');
        return !problemsOf(rig).join().includes('journal');
      });
    },
    { sync, patienceMs: 300 },
  );
});

test('a data folder that is gone is made again, with all originals, and the service goes on', () =>
  onDisk(async ({ rig, file, journal }) => {
    const before = new Map(journal.originals);
    await rm(path.dirname(file), { recursive: true });
    const { writes } = rig;
    await wantOthers(rig, 2 * MIB);
    assert.is(rig.count('journal:failed'), 1, 'one cycle notices, and writes nothing');
    assert.ok(rig.writes > writes, 'the next one goes on');
    for (const [key, { originalWire }] of before)
      assert.is(journal.originals.get(key)?.originalWire, originalWire);
    assert.match(await readFile(file, 'utf8'), /"kind":"checkpoint"/);
    await journal.close();
    const found = new NedbJournal({ path: file });
    await found.open();
    assert.equal([...found.originals.keys()].sort(), [...before.keys()].sort());
    await found.close();
  }));

test('a data folder in whose place something else is keeps enforcement off until it is back', () =>
  onDisk(async ({ rig, file }) => {
    const folder = path.dirname(file);
    await rename(folder, `${folder}-away`);
    await writeFile(folder, 'not a folder');
    const { writes } = rig;
    for (const cap of [2 * MIB, MIB]) await wantOthers(rig, cap);
    assert.is(rig.writes, writes);
    assert.match(problemsOf(rig).join(), /can't be written \(E\w+\)\. Check that the folder/);
    await rm(folder);
    await rename(`${folder}-away`, folder);
    await cycle(rig);
    assert.ok(rig.writes > writes);
    assert.equal(problemsOf(rig), []);
    await rig.operations.rollback(REQUEST);
    assert.equal(rig.limits, OWN);
  }));

test.run();
