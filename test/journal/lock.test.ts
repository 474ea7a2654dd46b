import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { readdir, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FileLock } from '../../src/journal/lock.ts';
import { fsync, type Sync } from '../../src/journal/sync.ts';
import { change, inFolder, journalError, KEY, opened } from './support.ts';

const test = suite('the lock');

const TOKEN = '01234567-89ab-4def-8123-456789abcdef';

function lockOf(journal: string): FileLock {
  return new FileLock(journal, { now: Date.now, onLost: () => undefined });
}

/** A lock as some other process would have left it. */
async function leave(journal: string, owner: object, ageMs = 0): Promise<void> {
  const text = JSON.stringify({ pid: 1, hostname: hostname(), startedAt: 1e12, token: TOKEN, ...owner });
  await writeFile(`${journal}.lock`, text);
  const seconds = (Date.now() - ageMs) / 1000;
  await utimes(`${journal}.lock`, seconds, seconds);
}

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'close');
  assert.type(child.pid, 'number');
  return child.pid ?? 0;
}

test('lets one of two in, and says who holds it and what to do', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const first = await opened(file);
    const { message } = await journalError(opened(file), 'locked');
    assert.match(message, `process ${process.pid} on ${hostname()}`);
    assert.match(message, /running since \d{4}-.*stop the other Qguardarr/);
    await first.recordIntent([change(5000, [1])], 100);
    await first.close();
    const second = await opened(file);
    assert.is(second.originals.size, 1);
    await second.close();
  }));

test('of a dead process on this host is taken over at once', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    await leave(file, { pid: await deadPid() });
    await lockOf(file).acquire();
    assert.equal(await readdir(folder), ['rollback.db.lock'], 'no claim is left');
  }));

test('of an earlier process with our own pid is taken over at once (pid 1 in a container)', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    await leave(file, { pid: process.pid });
    await lockOf(file).acquire();
  }));

test('of a living process, or of another host, holds for 30 s after the last heartbeat', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    for (const owner of [{ pid: process.ppid }, { pid: await deadPid(), hostname: 'elsewhere' }]) {
      await leave(file, owner, 29_000);
      await journalError(lockOf(file).acquire(), 'locked');
      await leave(file, owner, 31_000);
      await lockOf(file).acquire();
    }
  }));

test('that names nobody holds for 30 s', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    for (const text of ['', '{"pid":', '{"pid":1,"hostname":"h","startedAt":1,"token":"../../x"}']) {
      await writeFile(`${file}.lock`, text);
      await journalError(lockOf(file).acquire(), 'locked');
      await utimes(`${file}.lock`, 1, 1);
      await lockOf(file).acquire();
    }
  }));

test('when stale goes to exactly one of many that want it', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const pid = await deadPid();
    for (let round = 0; round < 20; round += 1) {
      await leave(file, { pid });
      const locks = Array.from({ length: 8 }, () => lockOf(file));
      const results = await Promise.allSettled(locks.map((lock) => lock.acquire()));
      const winners = locks.filter((_, n) => results[n]?.status === 'fulfilled');
      assert.is(winners.length, 1);
      await winners[0]?.assertHeld();
      await winners[0]?.release();
      assert.equal(await readdir(folder), []);
    }
  }));

test('that someone else took over since it was looked at is left alone', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const pid = await deadPid();
    await leave(file, { pid });
    const living = JSON.stringify({
      pid: process.ppid,
      hostname: hostname(),
      startedAt: 1e12,
      token: TOKEN.replace('0', 'f'),
    });
    // The clock is asked between looking at the lock and taking it.
    const now = () => {
      writeFileSync(`${file}.lock`, living);
      return Date.now();
    };
    await journalError(new FileLock(file, { now, onLost: () => undefined }).acquire(), 'locked');
    assert.is(await readFile(`${file}.lock`, 'utf8'), living);
  }));

test('can be taken over although a former taker died on the way', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    await leave(file, { pid: await deadPid() });
    const claim = `${file}.lock.steal-${TOKEN}`;
    await writeFile(claim, '');
    await journalError(lockOf(file).acquire(), 'locked');
    await utimes(claim, 1, 1);
    await lockOf(file).acquire();
  }));

test('is made again when someone deletes it', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const journal = await opened(file);
    await unlink(`${file}.lock`);
    await journal.recordIntent([change(5000, [1])], 100);
    await journalError(opened(file), 'locked');
    await journal.close();
  }));

test('in other hands stops the journal before it appends, until it is free', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const journal = await opened(file);
    await journal.recordIntent([change(5000, [1])], 100);
    const size = (await readFile(file)).length;
    await leave(file, { pid: process.ppid });
    await journalError(journal.recordIntent([change(5000, [2], 1)], 200), 'locked');
    assert.is((await readFile(file)).length, size, 'nothing was written into the file of another');
    assert.is(journal.failure?.kind, 'locked');
    assert.is(journal.originals.get(KEY(0))?.originalWire, 1);

    await unlink(`${file}.lock`);
    await journal.recordIntent([change(5000, [2], 1)], 300);
    assert.is(journal.failure, null, 'the other is gone: on with what the file holds');
    await journal.close();
  }));

test('in other hands is noticed although the file is as long, and as old, as our own', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const lock = lockOf(file);
    await lock.acquire();
    await lock.assertHeld();
    await lock.assertHeld();
    const { atime, mtime } = await stat(`${file}.lock`);
    const ours = await readFile(`${file}.lock`, 'utf8');
    await writeFile(`${file}.lock.new`, ours.replace(/"token":"[^"]*"/, `"token":"${TOKEN}"`));
    await utimes(`${file}.lock.new`, atime, mtime);
    await rename(`${file}.lock.new`, `${file}.lock`);
    await journalError(lock.assertHeld(), 'locked');
    await journalError(lock.assertHeld(), 'locked');
  }));

test('is ours again when it was deleted, made again and renewed', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const lock = lockOf(file);
    await lock.acquire();
    await lock.assertHeld();
    await utimes(`${file}.lock`, 1, 1);
    await lock.assertHeld();
    await unlink(`${file}.lock`);
    await lock.assertHeld();
    await lock.assertHeld();
    await lock.release();
    assert.equal(await readdir(folder), []);
  }));

test('that is lost during an append leaves that intent unacknowledged', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    let during = async () => {};
    const sync: Sync = {
      ...fsync,
      async file(synced) {
        await during();
        return fsync.file(synced);
      },
    };
    const journal = await opened(file, { sync });
    during = () => leave(file, { pid: process.ppid });
    await journalError(journal.recordIntent([change(5000, [1])], 100), 'locked');
    assert.is(journal.originals.size, 0);
    await journal.close();
  }));

test('is not taken from its new owner when the old one closes', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const journal = await opened(file);
    await leave(file, { pid: process.ppid });
    await journal.close();
    assert.match(await readFile(`${file}.lock`, 'utf8'), TOKEN);
  }));

test("shows its owner alive every 5 s, and tells it when the lock is another one's", () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const beats: (() => void)[] = [];
    const lost: string[] = [];
    const realSetInterval = globalThis.setInterval;
    const periods: unknown[] = [];
    const fake = (beat: () => void, period: unknown) => {
      beats.push(beat);
      periods.push(period);
      return realSetInterval(() => undefined, 1e9).unref();
    };
    Object.assign(globalThis, { setInterval: fake });
    try {
      const lock = new FileLock(file, { now: Date.now, onLost: ({ kind }) => lost.push(kind) });
      await lock.acquire();
      assert.equal(periods, [5000]);
      await utimes(`${file}.lock`, 1, 1);
      beats[0]?.();
      await eventually(async () => Date.now() - (await stat(`${file}.lock`)).mtimeMs < 10_000);
      await leave(file, { pid: process.ppid });
      beats[0]?.();
      await eventually(async () => lost.length > 0);
      assert.equal(lost, ['locked']);
      await lock.release();
    } finally {
      Object.assign(globalThis, { setInterval: realSetInterval });
    }
  }));

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (await condition()) return;
  }
  throw new Error('it never came to pass');
}

test.run();
