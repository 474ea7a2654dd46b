import fs from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import * as t from 'io-ts';
import { realFileSync } from '../files/real-file.ts';
import { withDescriptor } from './descriptor.ts';
import { errorCode, ignoreMissing } from './errors.ts';

/** The token becomes part of a file name. */
const Token = t.refinement(t.string, (text) => /^[0-9a-f-]{36}$/.test(text), 'token');
/** Within a Date's range. */
const StartedAt = t.refinement(t.number, (ms) => Number.isFinite(ms) && Math.abs(ms) <= 8.64e15, 'Unix ms');
const Pid = t.refinement(t.number, (pid) => Number.isSafeInteger(pid) && pid > 0, 'pid');

const LockOwner = t.intersection([
  t.type({ pid: Pid, hostname: t.string, startedAt: StartedAt, token: Token }),
  /** Locks of earlier releases have none. */
  t.partial({ pidNamespace: t.union([t.string, t.null]) }),
]);
export type LockOwner = t.TypeOf<typeof LockOwner>;

export interface FoundLock {
  readonly text: string;
  /** Null when the text names none: it was cut by a crash, or written by something else. */
  readonly owner: LockOwner | null;
  /** Which file it is and when it was last changed: while this stays, so does the text. */
  readonly state: string;
}

/** For centuries. */
const BEAT_DIGITS = 10;
/** One of ours has some 300. */
const MAX_LOCK_BYTES = 64 * 1024;

const read = promisify(fs.readFile);
const write = promisify(fs.write);

/** The lock of the journal at that path. Of a path that is a link, the file's own lock, which all who use the file share. */
export function lockFileOf(journal: string): string {
  return `${realFileSync(journal)}.lock`;
}

/** Null when there is no such file. */
export async function readLock(file: string): Promise<FoundLock | null> {
  try {
    return await withDescriptor(file, 'r', async (descriptor, stats) => {
      if (stats.size > MAX_LOCK_BYTES) return { text: '', owner: null, state: stateOf(stats) };
      const text = await read(descriptor, 'utf8');
      return { text, owner: parseOwner(text), state: stateOf(stats) };
    });
  } catch (error) {
    ignoreMissing(error);
    return null;
  }
}

/**
 * `state` as of now; null when there is no such file. It is opened, not only looked up: a network file system may answer
 * for a name from memory.
 */
export async function lockState(file: string): Promise<string | null> {
  try {
    return await withDescriptor(file, 'r', async (_, stats) => stateOf(stats));
  } catch (error) {
    ignoreMissing(error);
    return null;
  }
}

function stateOf({ dev, ino, size, mtimeMs, ctimeMs }: fs.Stats): string {
  return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

/** @param beats of the heart so far. Every number makes a text of the same length. */
export function lockText(owner: LockOwner, beats: number): string {
  return JSON.stringify({ ...owner, beats: String(beats).padStart(BEAT_DIGITS, '0') });
}

/**
 * Shows that the owner lives. Returns false, having written nothing, when the lock is not the owner's any more. One that
 * is taken over at this very moment is another file: the new owner's text stays as it is.
 */
export async function renewLock(file: string, owner: LockOwner, beats: number): Promise<boolean> {
  return await withDescriptor(file, 'r+', async (descriptor) => {
    const { token } = parseOwner(await read(descriptor, 'utf8')) ?? {};
    if (token !== owner.token) return false;
    const text = Buffer.from(lockText(owner, beats));
    await write(descriptor, text, 0, text.length, 0);
    return true;
  });
}

/** False when the file is there already. Leaves none behind that couldn't be written. */
export async function createExclusively(file: string, text: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(text);
    } catch (error) {
      await unlink(file).catch(() => undefined);
      throw error;
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function parseOwner(text: string): LockOwner | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return LockOwner.is(parsed) ? parsed : null;
  } catch {
    return null;
  }
}
