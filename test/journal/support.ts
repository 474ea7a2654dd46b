import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as assert from 'uvu/assert';
import { JournalError, type JournalErrorKind } from '../../src/journal/errors.ts';
import { NedbJournal, type NedbJournalOptions } from '../../src/journal/nedb-journal.ts';
import type { IntendedChange } from '../../src/journal/records.ts';

export const HASH = (n: number): string => n.toString(16).padStart(40, '0');
export const KEY = (n: number): string => `main:${HASH(n)}`;

/** A change of the torrents `from`..`from + fromWires.length - 1`. */
export function change(toWire: number, fromWires: readonly number[], first = 0): IntendedChange {
  return {
    cycle: 7,
    trackerId: 'tracker-a',
    reason: 'level',
    toWire,
    torrents: fromWires.map((fromWire, n) => ({ key: KEY(first + n), fromWire })),
  };
}

export async function inFolder(task: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'journal-test-'));
  try {
    await task(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function opened(file: string, options: Partial<NedbJournalOptions> = {}): Promise<NedbJournal> {
  const journal = new NedbJournal({ path: file, ...options });
  await journal.open();
  return journal;
}

export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw new Error('rejected with something that is no Error');
  }
  throw new Error('expected a rejection, but it resolved');
}

export async function journalError(promise: Promise<unknown>, kind: JournalErrorKind): Promise<JournalError> {
  const error = await rejection(promise);
  assert.instance(error, JournalError);
  if (!(error instanceof JournalError)) throw error;
  assert.is(error.kind, kind, error.message);
  return error;
}
