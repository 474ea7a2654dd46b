import { mkdtemp, readdir, readFile, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NedbJournal } from '../../src/journal/nedb-journal.ts';
import { fsync, type Sync } from '../../src/journal/sync.ts';
import { realStorage, withStorage } from '../support/nedb-storage.ts';
import { contract } from './contract.ts';
import { change, HASH, inFolder, journalError, KEY, opened, rejection } from './support.ts';

contract('NedbJournal', async (options) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'journal-test-'));
  const file = path.join(folder, 'rollback.db');
  let journal = await opened(file, options);
  return {
    journal,
    async reopen() {
      await journal.close();
      journal = await opened(file, options);
      return journal;
    },
    async end() {
      await journal.close();
      await rm(folder, { recursive: true });
    },
  };
});

const test = suite('NedbJournal on disk');

test('creates folders and a file that only its user can read', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'a', 'b', 'rollback.db');
    const journal = await opened(file);
    await journal.recordIntent([change(5000, [0])], 100);
    await journal.prune(0);
    assert.is((await stat(file)).mode & 0o777, 0o600);
    assert.is((await stat(`${file}.lock`)).mode & 0o777, 0o600);
    await journal.close();
    assert.equal(await readdir(path.dirname(file)), ['rollback.db'], 'the lock is released');
  }));

test('resolves an intent only after one append of originals before changes, and an fsync of it', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const steps: string[] = [];
    const sync: Sync = {
      async file(synced) {
        const size = await fsync.file(synced);
        steps.push(
          `synced ${path.basename(synced)} with ${(await readFile(synced, 'utf8')).split('\n').length - 1}`,
        );
        return size;
      },
      async folder(synced) {
        steps.push(`synced folder ${synced === folder}`);
        await fsync.folder(synced);
      },
    };
    const journal = await opened(file, { sync });
    assert.equal(steps, ['synced folder true', 'synced rollback.db with 0']);
    steps.length = 0;
    await journal.recordIntent([change(5000, [0, 1]), change(6000, [7], 5)], 100);
    steps.push('resolved');
    assert.equal(steps, ['synced rollback.db with 4', 'resolved']);
    const kinds = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).kind);
    assert.equal(kinds, ['original', 'original', 'change', 'change']);
    steps.length = 0;
    await journal.recordOutcome([], 'done');
    assert.equal(steps, [], 'an outcome waits for the next append');
    await journal.prune(0);
    assert.is(steps.at(-2), 'synced folder true', 'the folder after the file was written anew');
    await journal.close();
  }));

test('does not resolve an intent whose fsync fails, and never shows its originals as recorded', () =>
  inFolder(async (folder) => {
    let broken = false;
    const sync: Sync = {
      ...fsync,
      file: (synced) =>
        broken ? Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' })) : fsync.file(synced),
    };
    const journal = await opened(path.join(folder, 'rollback.db'), { sync });
    await journal.recordIntent([change(5000, [0])], 100);
    broken = true;
    await journalError(journal.recordIntent([change(5000, [9], 1)], 200), 'unwritable');
    assert.is(journal.failure?.kind, 'unwritable');
    assert.not(journal.originals.has(KEY(1)));
    broken = false;
    await journal.recordIntent([change(6000, [5000])], 300);
    assert.is(journal.failure, null);
    assert.is(journal.originals.get(KEY(0))?.originalWire, 0);
    await journal.close();
  }));

test('reads texts back that hold any line end there is', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const reason = 'a\nb\rc\u2028d\u2029e\u0085f\v\f"\\';
    let journal = await opened(file);
    await journal.beginRollback('me', reason, 100);
    await journal.recordIntent([{ ...change(5000, [0]), reason }], 100);
    await journal.close();
    journal = await opened(file);
    assert.is(journal.failure, null);
    assert.is(journal.openRollback?.reason, reason);
    const [kept] = (await journal.page('change', 0, 1)).items;
    assert.is(kept !== undefined && 'reason' in kept && kept.reason, reason);
    await journal.close();
  }));

test('stays small over months of changes', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const journal = await opened(file, { maxChanges: 200, maxChangedTorrents: 20_000 });
    let largest = 0;
    for (let n = 0; n < 1200; n += 1) {
      const ids = await journal.recordIntent([change(5000 + n, Array(500).fill(4999 + n))], Date.now());
      await journal.recordOutcome(ids, 'done');
      if (n % 20 === 0) largest = Math.max(largest, (await stat(file)).size);
    }
    assert.ok(largest < 6 * 1024 * 1024, `${largest} bytes`);
    await journal.close();
  }));

test('writes the file again from memory when someone deletes it', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    let journal = await opened(file);
    for (let n = 0; n < 5; n += 1) await journal.recordIntent([change(5000 + n, [n], n)], 100);
    await unlink(file);
    await journal.recordIntent([change(6000, [5], 5)], 200);
    await journal.close();
    journal = await opened(file);
    assert.is(journal.originals.size, 6);
    await journal.close();
  }));

test('writes all of it again when the folder was deleted', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'data', 'rollback.db');
    let journal = await opened(file);
    const ids = await journal.recordIntent([change(5000, [3, 4])], 100);
    await rm(path.dirname(file), { recursive: true });
    // The first attempt may notice that the folder is gone and fail; the next one makes it anew.
    await journal.recordIntent([change(6000, [5000])], 200).catch(() => undefined);
    await journal.recordIntent([change(7000, [5000])], 300);
    await journal.close();
    journal = await opened(file);
    assert.is(journal.originals.get(KEY(0))?.originalWire, 3);
    assert.is(journal.originals.get(KEY(1))?.originalWire, 4);
    const { items } = await journal.page('change', 0, 10);
    assert.ok(items.some((item) => 'state' in item && item.id === ids[0]));
    await journal.close();
  }));

test('does not touch the disk to prune when nothing has happened', () =>
  inFolder(async (folder) => {
    let synced = 0;
    const sync: Sync = {
      ...fsync,
      file: (file) => {
        synced += 1;
        return fsync.file(file);
      },
    };
    const journal = await opened(path.join(folder, 'rollback.db'), { sync });
    await journal.recordIntent([change(5000, [1])], 100);
    await journal.prune(0);
    const after = synced;
    await journal.prune(0);
    assert.is(synced, after);
    await journal.prune(101);
    assert.ok(synced > after, 'its change has grown old');
    assert.is((await journal.page('change', 0, 1)).total, 0);
    await journal.close();
  }));

test('puts the rewritten file in place when only that is left of a rewrite, drops it when it is half', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    let journal = await opened(file);
    await journal.recordIntent([change(5000, [3])], 100);
    await journal.close();
    const whole = await readFile(file);
    await writeFile(`${file}~`, whole.subarray(0, whole.length / 2));
    journal = await opened(file);
    assert.is(journal.originals.get(KEY(0))?.originalWire, 3);
    await journal.close();
    await writeFile(`${file}~`, whole);
    await unlink(file);
    journal = await opened(file);
    assert.is(journal.originals.get(KEY(0))?.originalWire, 3);
    await journal.close();
    assert.equal(await readdir(folder), ['rollback.db']);
  }));

test('adds up to the same at whatever step shortening the file is cut short', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    for (const failAt of [1, 2, 3]) {
      let journal = await opened(file);
      const [old] = await journal.recordIntent([change(5000 + failAt, [42])], 100);
      await journal.recordOutcome([old ?? ''], 'failed');
      await journal.recordIntent([change(6000, [42], failAt)], 1e14);
      let steps = 0;
      const cut = Object.assign(new Error('cut'), { code: 'EIO' });
      const step =
        (call: (...args: unknown[]) => Promise<void>) =>
        async (...args: unknown[]) => {
          steps += 1;
          if (steps >= failAt) throw cut;
          await call(...args);
        };
      await withStorage(
        {
          appendFileAsync: step(realStorage.appendFileAsync),
          crashSafeWriteFileLinesAsync: step(realStorage.crashSafeWriteFileLinesAsync),
        },
        async () => {
          await journalError(journal.prune(1000), 'unwritable');
        },
      );
      const before = new Map(journal.originals);
      await journal.close();
      journal = await opened(file);
      assert.equal(journal.originals, before);
      assert.is(journal.originals.get(KEY(0))?.originalWire, 42);
      assert.is(journal.originals.get(KEY(0))?.lastWire, 5000 + failAt);
      await journal.close();
    }
  }));

test('names the folder that it may not create or write', () =>
  inFolder(async (folder) => {
    await writeFile(path.join(folder, 'file'), '');
    const below = path.join(folder, 'file', 'data', 'rollback.db');
    const error = await journalError(opened(below), 'unwritable');
    assert.match(error.message, new RegExp(`the folder ${path.dirname(below)} exists`));
    assert.is(error.path, below);
    await symlink('/proc', path.join(folder, 'link'));
    await journalError(opened(path.join(folder, 'link', 'rollback.db')), 'unwritable');
  }));

test('says so when used before it is open', async () => {
  const journal = new NedbJournal({ path: '/nowhere/rollback.db' });
  await journalError(journal.recordIntent([change(5000, [1])], 100), 'closed');
  assert.is(journal.originals.size, 0);
  await journal.close();
});

test('refuses a key that could not be told apart from two', () =>
  inFolder(async (folder) => {
    const journal = await opened(path.join(folder, 'rollback.db'));
    const torrents = [{ key: `main:${HASH(1)}\nmain:${HASH(2)}`, fromWire: 0 }];
    assert.instance(
      await rejection(journal.recordIntent([{ ...change(5000, []), torrents }], 100)),
      RangeError,
    );
    assert.is(journal.failure, null, 'the file is as it was');
    await journal.close();
  }));

test('thousands of limits set by hand at once cost one append and one fsync', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    let syncs = 0;
    const sync = {
      ...fsync,
      file: (synced: string) => {
        syncs += 1;
        return fsync.file(synced);
      },
    };
    const journal = await opened(file, { sync });
    await journal.recordIntent([change(5000, new Array<number>(3000).fill(0))], 100);
    const before = syncs;
    const changes = Array.from({ length: 3000 }, (_, n) => ({ key: KEY(n), originalWire: 700 + (n % 2) }));
    await journal.replaceOriginals([{ key: KEY(0), originalWire: 9 }, ...changes], 200);
    assert.is(syncs - before, 1);
    await journal.replaceOriginals([], 300);
    await journal.replaceOriginals([{ key: KEY(9999), originalWire: 1 }], 300);
    assert.is(syncs - before, 1, 'nothing to say');
    await journal.close();
    const again = await opened(file);
    const wires = [...again.originals.values()].map(({ originalWire }) => originalWire);
    assert.equal(
      wires,
      changes.map(({ originalWire }) => originalWire),
    );
    await again.close();
  }));

test.run();
