/**
 * Reads a journal's file before NeDB does. A crash in the middle of an append leaves a last line that isn't whole;
 * it was never acknowledged, so it is set aside. NeDB can't tell: it skips damaged lines anywhere in a long file,
 * which would forget originals, and refuses a short one. Here a damaged line before the last is an error.
 */
import { createReadStream } from 'node:fs';
import { open, truncate, unlink, writeFile } from 'node:fs/promises';
import { isLeft } from 'fp-ts/lib/Either.js';
import { linesOf } from '../files/lines.ts';
import { KIB } from '../files/read-regular.ts';
import { decodeEntry, type Entry, newerVersionOf } from './codecs.ts';
import { corruptError, errorCode, ignoreMissing, newerFormatError, sqliteError } from './errors.ts';
import { foreignLineEnd } from './line-ends.ts';
import { RECORD_VERSION } from './records.ts';
import { isSqliteFile } from './sqlite-file.ts';
import type { Sync } from './sync.ts';

export interface Scan {
  /** False: there is no such file. */
  readonly found: boolean;
  /** What is left after deletions, in no particular order. */
  readonly entries: Iterable<Entry>;
  /** Byte at which a torn last line starts, or null. */
  readonly tornAt: number | null;
}

/** A disk that is full again and again tears one line each time; more than these aren't kept. */
const MAX_TORN_FILES = 9;

/** Reads only. Throws JournalError 'corrupt' for a line that can't come from a torn append; 'newer'. */
export async function scanJournalFile(path: string): Promise<Scan> {
  const entries = new Map<string, Entry>();
  let lineNumber = 0;
  let torn: { readonly at: number; readonly line: number } | null = null;
  try {
    if (await isSqliteFile(path)) throw sqliteError(path);
    for await (const line of linesOf(createReadStream(path, { highWaterMark: 256 * KIB }))) {
      lineNumber += 1;
      const text = line.bytes.toString('utf8');
      if (text === '') continue;
      if (torn !== null) throw corruptError(path, torn.line, 'it is not whole JSON, nor the last line');
      const parsed = parseJson(text);
      if (parsed === undefined) {
        if (lineNumber === 1) refuseForeignFile(text, path);
        torn = { at: line.at, line: lineNumber };
        continue;
      }
      const lineEnd = foreignLineEnd(text);
      if (lineEnd !== null) throw corruptError(path, lineNumber, `it holds an unescaped ${lineEnd}`);
      applyLine(entries, parsed, path, lineNumber);
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { found: false, entries: [], tornAt: null };
    throw error;
  }
  return { found: true, entries: entries.values(), tornAt: torn?.at ?? null };
}

/** Moves the bytes from `at` on to the first free `<path>.torn-<n>` and returns its name. */
export async function cutTornTail(path: string, at: number, sync: Sync): Promise<string> {
  const tail = await readFrom(path, at);
  const aside = await writeAside(path, tail);
  await sync.file(aside);
  await truncate(path, at);
  await sync.file(path);
  return aside;
}

function applyLine(entries: Map<string, Entry>, parsed: unknown, path: string, lineNumber: number): void {
  const deletedId = deletedIdOf(parsed);
  if (deletedId !== null) {
    entries.delete(deletedId);
    return;
  }
  const newer = newerVersionOf(parsed);
  if (newer !== null) throw newerFormatError(path, newer, RECORD_VERSION);
  const decoded = decodeEntry(parsed);
  if (isLeft(decoded)) throw corruptError(path, lineNumber, decoded.left);
  entries.set(decoded.right._id, decoded.right);
}

/** A torn first line is still the start of an entry, or (power cut) nothing but zeros. */
function refuseForeignFile(text: string, path: string): void {
  if (!text.startsWith('{') && !/^\0+$/.test(text)) throw corruptError(path, 1, 'it is not JSON');
}

/** NeDB's own mark for a document that is no more. */
function deletedIdOf(parsed: unknown): string | null {
  if (typeof parsed !== 'object' || parsed === null) return null;
  if (!('$$deleted' in parsed) || parsed.$$deleted !== true) return null;
  return '_id' in parsed && typeof parsed._id === 'string' ? parsed._id : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readFrom(path: string, at: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const tail = Buffer.alloc(size - at);
    await handle.read(tail, 0, tail.length, at);
    return tail;
  } finally {
    await handle.close();
  }
}

async function writeAside(path: string, bytes: Buffer): Promise<string> {
  for (let n = 1; ; n += 1) {
    const aside = `${path}.torn-${n}`;
    try {
      if (n === MAX_TORN_FILES) await unlink(aside).catch(ignoreMissing);
      await writeFile(aside, bytes, { flag: 'wx', mode: 0o600 });
      return aside;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') continue;
      await unlink(aside).catch(() => undefined);
      throw error;
    }
  }
}
