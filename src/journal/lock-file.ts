import { open, readFile, stat, unlink } from 'node:fs/promises';
import * as t from 'io-ts';
import { errorCode, ignoreMissing } from './errors.ts';

/** The token becomes part of a file name. */
const Token = t.refinement(t.string, (text) => /^[0-9a-f-]{36}$/.test(text), 'token');
/** Within a Date's range. */
const StartedAt = t.refinement(t.number, (ms) => Number.isFinite(ms) && Math.abs(ms) <= 8.64e15, 'Unix ms');
const Pid = t.refinement(t.number, (pid) => Number.isSafeInteger(pid) && pid > 0, 'pid');

const LockOwner = t.type({ pid: Pid, hostname: t.string, startedAt: StartedAt, token: Token });
export type LockOwner = t.TypeOf<typeof LockOwner>;

export interface FoundLock {
  readonly text: string;
  /** Null when the text names none: it was cut by a crash, or written by something else. */
  readonly owner: LockOwner | null;
  readonly mtimeMs: number;
}

/** Null when there is no such file. */
export async function readLock(file: string): Promise<FoundLock | null> {
  try {
    const text = await readFile(file, 'utf8');
    const { mtimeMs } = await stat(file);
    return { text, owner: parseOwner(text), mtimeMs };
  } catch (error) {
    ignoreMissing(error);
    return null;
  }
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
