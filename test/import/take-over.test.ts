import { readdir, readFile, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readDatabase } from '../../src/import/read-database.ts';
import { isSameFile, isSqlite, replaceByJournal } from '../../src/import/take-over.ts';
import { JournalError, JournalLocked } from '../../src/journal/errors.ts';
import { NedbJournal } from '../../src/journal/nedb-journal.ts';
import type { OriginalRecord } from '../../src/journal/records.ts';
import { fsync, type Sync } from '../../src/journal/sync.ts';
import { rejection } from '../support/scripted-server.ts';
import { database, HASH, inFolder } from './support.ts';

const test = suite('a journal in the place of the database');
const RECORD: OriginalRecord = {
  key: `main:${HASH(1)}`,
  originalWire: 5_000,
  trackerId: null,
  firstSeenAt: 1,
  lastWire: 4_000,
  beforeLastWire: 3_000,
};
const plainly = (file: string) => new NedbJournal({ path: file });

async function originalsIn(file: string): Promise<number> {
  const journal = plainly(file);
  await journal.open();
  const { size } = journal.originals;
  await journal.close();
  return size;
}

test('the journal is there with all originals, and the database beside it with its log', async () => {
  await inFolder(async (folder) => {
    const file = await database('logged', folder, 'rollback.db');
    const before = await readDatabase(file);
    const kept = await replaceByJournal(file, [RECORD], plainly);
    assert.is(kept, `${file}.python`);
    assert.is(await originalsIn(file), 1);
    assert.equal(await readDatabase(kept), before);
    assert.equal((await readdir(folder)).sort(), [
      'rollback.db',
      'rollback.db.python',
      'rollback.db.python-wal',
    ]);
  });
});

test('a database kept before is not written over', async () => {
  await inFolder(async (folder) => {
    const file = await database('plain', folder, 'rollback.db');
    await database('utf16', folder, 'rollback.db.python');
    assert.is(await replaceByJournal(file, [RECORD], plainly), `${file}.python-2`);
    assert.is((await readDatabase(`${file}.python`)).rows, 1);
  });
});

test('wherever the disk fails, the database stays where it was, and the next attempt succeeds', async () => {
  for (let failAt = 1; ; failAt += 1) {
    let calls = 0;
    const failing: Sync = {
      async file(name) {
        calls += 1;
        if (calls === failAt) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
        return await fsync.file(name);
      },
      folder: (name) => fsync.folder(name),
    };
    const isDone = await attempt(failing);
    if (isDone) {
      assert.ok(failAt > 2, 'the disk has failed at least twice');
      return;
    }
  }
});

/** False when it failed, as it should. */
async function attempt(sync: Sync): Promise<boolean> {
  let isDone = true;
  await inFolder(async (folder) => {
    const file = await database('plain', folder, 'rollback.db');
    const bytes = await readFile(file);
    const failingly = (name: string) => new NedbJournal({ path: name, sync });
    try {
      await replaceByJournal(file, [RECORD], failingly);
    } catch (error) {
      isDone = false;
      assert.instance(error, JournalError);
      assert.equal(await readFile(file), bytes);
      await replaceByJournal(file, [RECORD], plainly);
    }
    assert.is(await originalsIn(file), 1);
  });
  return isDone;
}

test('what a former attempt left behind is not in the way', async () => {
  await inFolder(async (folder) => {
    const file = await database('plain', folder, 'rollback.db');
    await database('utf16', folder, 'rollback.db.importing');
    await replaceByJournal(file, [RECORD], plainly);
    assert.is(await originalsIn(file), 1);
  });
});

test('while another process holds the journal’s place, nothing is done', async () => {
  await inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const holder = plainly(file);
    await holder.open();
    await rm(file);
    await database('plain', folder, 'rollback.db');
    assert.instance(await rejection(replaceByJournal(file, [RECORD], plainly)), JournalLocked);
    assert.is(await isSqlite(file), true);
    await holder.close();
  });
});

test('a database is distinguished from a journal, and by whatever name', async () => {
  await inFolder(async (folder) => {
    const file = await database('plain', folder);
    const other = path.join(folder, 'other.db');
    await symlink(file, other);
    assert.equal([await isSqlite(file), await isSqlite(other)], [true, true]);
    assert.is(await isSameFile(file, other), true);
    const journal = path.join(folder, 'journal.db');
    await originalsIn(journal);
    assert.equal([await isSqlite(journal), await isSqlite(`${journal}.no`)], [false, false]);
    assert.equal([await isSameFile(file, journal), await isSameFile(file, `${file}.no`)], [false, false]);
  });
});

test.run();
