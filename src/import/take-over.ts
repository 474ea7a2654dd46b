/** Writes what an import found into the journal, wherever the journal is to be. */
import { constants } from 'node:fs';
import { copyFile, link, realpath, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { openRegular } from '../files/read-regular.ts';
import { realFile } from '../files/real-file.ts';
import { errorCode } from '../journal/errors.ts';
import { FileLock, type OnWait } from '../journal/lock.ts';
import type { NedbJournal } from '../journal/nedb-journal.ts';
import type { OriginalRecord } from '../journal/records.ts';
import { fsync } from '../journal/sync.ts';

const SQLITE_HEAD = 'SQLite format 3\0';

/** Whether an SQLite database stands there. False when nothing does. Rejects with the system's error. */
export async function isSqlite(file: string): Promise<boolean> {
  try {
    const handle = await openRegular(file);
    try {
      const head = Buffer.alloc(SQLITE_HEAD.length);
      await handle.read(head, 0, head.length, 0);
      return head.toString('latin1') === SQLITE_HEAD;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

export async function isSameFile(one: string, other: string): Promise<boolean> {
  try {
    return (await realpath(one)) === (await realpath(other));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Puts a new journal with these originals where the database stands, and keeps the database beside it. Whatever
 * breaks it off: either the database is still there, or the whole journal is, and the database under its other name.
 * @param place of the database; where it is a link, the link stays
 * @param createJournal a journal at that path, not yet open
 * @param onWait as of the lock
 * @returns where the database is kept
 * Rejects with JournalError or the system's error.
 */
export async function replaceByJournal(
  place: string,
  records: readonly OriginalRecord[],
  createJournal: (file: string) => NedbJournal,
  onWait?: OnWait,
): Promise<string> {
  const database = await realFile(place);
  const lock = new FileLock(database, { onLost: () => undefined });
  await lock.acquire(onWait);
  try {
    const fresh = `${database}.importing`;
    await rm(fresh, { force: true });
    const journal = createJournal(fresh);
    await journal.open();
    try {
      await journal.adoptOriginals(records);
    } finally {
      await journal.close();
    }
    await fsync.file(fresh);
    const kept = await keepBeside(database);
    await lock.assertHeld();
    await rename(fresh, database);
    await fsync.folder(path.dirname(database));
    for (const suffix of ['-wal', '-shm']) await rm(`${database}${suffix}`, { force: true });
    return kept;
  } finally {
    await lock.release();
  }
}

/** The log first: a database without it would be an older one. */
async function keepBeside(database: string): Promise<string> {
  const kept = await freeName(`${database}.python`);
  try {
    await duplicate(`${database}-wal`, `${kept}-wal`);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  await duplicate(database, kept);
  await fsync.folder(path.dirname(database));
  return kept;
}

async function freeName(wanted: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    if (!(await exists(name))) return name;
  }
}

async function exists(file: string): Promise<boolean> {
  return await realpath(file).then(
    () => true,
    (error) => {
      if (errorCode(error) !== 'ENOENT') throw error;
      return false;
    },
  );
}

/** A second name for it, or a copy on file systems that have no second names. */
async function duplicate(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
    await fsync.file(to);
  }
}
