import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { readdir, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FileLock, type LockTime } from '../../src/journal/lock.ts';
import { pidNamespace } from '../../src/journal/process-identity.ts';
import { fsync, type Sync } from '../../src/journal/sync.ts';
import { change, inFolder, journalError, KEY, opened } from './support.ts';

const test = suite('the lock');

const TOKEN = '01234567-89ab-4def-8123-456789abcdef';

function lockOf(journal: string, time?: LockTime): FileLock {
  return new FileLock(journal, { onLost: () => undefined, ...(time && { time }) });
}

/** Passes only while something sleeps; `each` is called for every second of it. */
class SleptTime implements LockTime {
  ms = 0;
  readonly #each: (second: number) => unknown;

  constructor(each: (second: number) => unknown = () => undefined) {
    this.#each = each;
  }

  readonly monotonic = () => this.ms;

  readonly sleep = async (ms: number) => {
    this.ms += ms;
    await this.#each(Math.round(this.ms / 1000));
  };
}

/** A lock as some other process would have left it. */
async function leave(journal: string, owner: object, mtimeMs = Date.now()): Promise<void> {
  const text = JSON.stringify({ pid: 1, hostname: hostname(), startedAt: 1e12, token: TOKEN, ...owner });
  await writeFile(`${journal}.lock`, text);
  await utimes(`${journal}.lock`, mtimeMs / 1000, mtimeMs / 1000);
}

const HERE = { pidNamespace: await pidNamespace() };
/** As of a container with the same host name, in which every process 1 is another one. */
const CONTAINER = { pid: 1, pidNamespace: '00000000-0000-4000-8000-000000000000 pid:[4026532999]' };

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

test('of a dead process of the same pid namespace is taken over at once', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    await leave(file, { ...HERE, pid: await deadPid() });
    await lockOf(file).acquire();
    assert.equal(await readdir(folder), ['rollback.db.lock'], 'no claim is left');
  }));

test('of an earlier process with our own pid in the same pid namespace is taken over at once', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    await leave(file, { ...HERE, pid: process.pid });
    const lock = lockOf(file);
    await lock.acquire();
    await lock.assertHeld();
    assert.not.match(await readFile(`${file}.lock`, 'utf8'), TOKEN);
  }));

test('of a process that may be alive is not taken at first sight, whatever its host name, pid and time', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const dead = await deadPid();
    const owners = {
      'of another container with pid 1': CONTAINER,
      'of another container with our own pid': { ...CONTAINER, pid: process.pid },
      'of another container with a pid that is free here': { ...CONTAINER, pid: dead },
      'of a live process here': { ...HERE, pid: process.ppid },
      'of another host': { ...CONTAINER, hostname: 'elsewhere' },
      'of an earlier release, with our own pid': { pid: process.pid },
      'of an earlier release, with a pid that is free here': { pid: dead },
      'where pid namespaces are unknown': { pidNamespace: null, pid: dead },
    };
    for (const [what, owner] of Object.entries(owners)) {
      for (const mtimeMs of [1_000, Date.now() - 3_600_000, Date.now() + 86_400_000]) {
        await leave(file, owner, mtimeMs);
        const { message } = await journalError(lockOf(file).acquire(), 'locked');
        assert.match(message, /is in use by process \d+ on /, `${what}, changed at ${mtimeMs}`);
      }
    }
  }));

test('that stands still for 30 s of our own clock is taken over, also with a time in the future', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    for (const mtimeMs of [1_000, Date.now(), Date.now() + 86_400_000]) {
      await leave(file, CONTAINER, mtimeMs);
      const time = new SleptTime();
      const waits: unknown[] = [];
      const lock = lockOf(file, time);
      await lock.acquire((holder, seconds) => waits.push([holder, seconds]));
      assert.equal(waits, [[`process 1 on ${hostname()}, running since 2001-09-09T01:46:40.000Z`, 30]]);
      assert.is(time.ms, 30_000);
      await lock.release();
      assert.equal(await readdir(folder), []);
    }
  }));

test('is refused as soon as its owner is seen to live, by its text or only by its time', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const beats = {
      text: () => leave(file, { ...CONTAINER, beats: '0000000002' }, 1_000),
      // As an earlier release does, on a machine whose clock is an hour behind.
      time: () => utimes(`${file}.lock`, 2, 2),
    };
    for (const [what, beat] of Object.entries(beats)) {
      await leave(file, { ...CONTAINER, beats: '0000000001' }, 1_000);
      const time = new SleptTime((second) => (second === 4 ? beat() : undefined));
      await journalError(
        lockOf(file, time).acquire(() => undefined),
        'locked',
      );
      assert.is(time.ms, 4_000, what);
    }
  }));

test('is not taken from an owner that was stopped together with us, as by a pause of the machine', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    await leave(file, CONTAINER);
    const time: SleptTime = new SleptTime((second) => {
      if (second === 3) time.ms += 3_600_000;
      return second === 3_605 ? leave(file, { ...CONTAINER, beats: '0000000002' }) : undefined;
    });
    await journalError(
      lockOf(file, time).acquire(() => undefined),
      'locked',
    );
    assert.is(time.ms, 3_605_000);
  }));

test('that was found held goes on being watched by later attempts', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    await leave(file, CONTAINER);
    const time = new SleptTime();
    const lock = lockOf(file, time);
    for (let second = 0; second < 30; second += 5) {
      await journalError(lock.acquire(), 'locked');
      time.ms += 5_000;
    }
    await lock.acquire();
    await lock.assertHeld();
  }));

test('that names no process holds for 30 s', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    for (const text of ['', '{"pid":', '{"pid":1,"hostname":"h","startedAt":1,"token":"../../x"}']) {
      await writeFile(`${file}.lock`, text);
      const time = new SleptTime();
      const lock = lockOf(file, time);
      await lock.acquire(() => undefined);
      assert.is(time.ms, 30_000);
      await lock.release();
    }
  }));

test('when stale goes to exactly one of many that want it', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    const pid = await deadPid();
    for (let round = 0; round < 20; round += 1) {
      await leave(file, { ...HERE, pid });
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
    await leave(file, CONTAINER);
    const living = JSON.stringify({
      pid: process.ppid,
      hostname: hostname(),
      startedAt: 1e12,
      token: TOKEN.replace('0', 'f'),
    });
    // The clock is asked between looking at the lock and taking it.
    const time: SleptTime = new SleptTime();
    const monotonic = () => {
      if (time.ms === 30_000) writeFileSync(`${file}.lock`, living);
      return time.ms;
    };
    const lock = lockOf(file, { monotonic, sleep: time.sleep });
    await journalError(
      lock.acquire(() => undefined),
      'locked',
    );
    assert.is(await readFile(`${file}.lock`, 'utf8'), living);
  }));

test('can be taken over although a former taker died on the way', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rollback.db');
    await leave(file, CONTAINER);
    const claim = `${file}.lock.steal-${TOKEN}`;
    await writeFile(claim, '');
    const future = Date.now() / 1000 + 86_400;
    await utimes(claim, future, future);
    const time = new SleptTime();
    await lockOf(file, time).acquire(() => undefined);
    assert.is(time.ms, 30_000);
    assert.equal(await readdir(folder), ['rollback.db.lock']);
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

test('shows every 5 s that its owner lives, and reports its loss', () =>
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
      const lock = new FileLock(file, { onLost: ({ kind }) => lost.push(kind) });
      await lock.acquire();
      assert.equal(periods, [5000]);
      const text = () => readFile(`${file}.lock`, 'utf8');
      for (const beat of ['0000000001', '0000000002']) {
        const before = await text();
        beats[0]?.();
        await eventually(async () => (await text()) !== before);
        assert.is(JSON.parse(await text()).beats, beat);
        await lock.assertHeld();
      }
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
  for (let attempt = 0; attempt < 6_000; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (await condition()) return;
  }
  throw new Error('not within 30 s');
}

test.run();
