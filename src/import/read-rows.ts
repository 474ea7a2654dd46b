/** Reads the rows of the Python Qguardarr's table `rollback_entries`: all of them, or none. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { linesOf } from '../files/lines.ts';
import { KIB, MIB, openRegular } from '../files/read-regular.ts';
import { isSqlite, rowsCommand } from '../journal/sqlite-file.ts';
import { type Histories, HistoryKeeper } from './histories.ts';
import { decodeRow, type RollbackRow } from './rollback-rows.ts';
import { RowTexts } from './row-texts.ts';

const MAX_LINE_BYTES = 64 * KIB;

/** Of one import. */
export interface Bounds {
  readonly maxBytes: number;
  readonly maxLines: number;
  readonly maxTorrents: number;
}

/** A row has some 200 bytes: enough for 5 million changes. A torrent takes some 4 KiB of memory in all. */
const BOUNDS: Bounds = { maxBytes: 1024 * MIB, maxLines: 10_000_000, maxTorrents: 200_000 };

const REWRITE = `Write the rows again by: ${rowsCommand('rollback.db')}`;
const IN_PARTS =
  "Import it in parts: add WHERE torrent_hash < '8' to the command before ORDER BY, and then WHERE torrent_hash >= '8'";

/** What came is not the rows. The message says where, what was expected, what came and what helps. */
export class RowsError extends Error {
  override readonly name = 'RowsError';

  constructor(where: string, why: string, advice: string) {
    super(`${where}: ${why}. Nothing was changed. ${advice}`);
  }
}

/** Of a regular file. Rejects with RowsError, UnfitFile or the system's error. */
export async function readRowsFile(file: string): Promise<Histories> {
  const handle = await openRegular(file);
  try {
    return await readRows(file, handle.createReadStream({ autoClose: false, highWaterMark: 256 * KIB }));
  } finally {
    await handle.close();
  }
}

/**
 * @param name of the source, for messages
 * @param chunks its bytes: UTF-8, 1 GiB at most, in either form of RowTexts
 * Rejects with RowsError, or as the source does.
 */
export async function readRows(
  name: string,
  chunks: AsyncIterable<Buffer>,
  { maxBytes, maxLines, maxTorrents }: Bounds = BOUNDS,
): Promise<Histories> {
  const keeper = new HistoryKeeper();
  const texts = new RowTexts();
  let number = 0;
  let lastId = Number.NEGATIVE_INFINITY;
  const refuse = (why: string, advice = REWRITE) => new RowsError(`${name}, line ${number}`, why, advice);
  for await (const { at, bytes } of linesOf(chunks, MAX_LINE_BYTES)) {
    number += 1;
    if (number === 1) refuseForeign(name, bytes);
    if (bytes.length > MAX_LINE_BYTES)
      throw refuse(`it is longer than 64 KiB, and one row a line is expected`);
    if (at + bytes.length > maxBytes) throw refuse(`there are more than ${maxBytes} bytes`, IN_PARTS);
    if (number > maxLines) throw refuse(`there are more than ${maxLines} lines`, IN_PARTS);
    const text = texts.next(bytes.toString('utf8'));
    if (text === null) throw refuse('there is more after the end of the list');
    if (text === '') continue;
    const row = parseRow(text, refuse);
    if (row.id <= lastId) {
      throw refuse(`the rows are not in the order of their ids: ${row.id} comes after ${lastId}`);
    }
    lastId = row.id;
    keeper.add(row);
    if (keeper.torrents > maxTorrents) throw refuse(`there are more than ${maxTorrents} torrents`, IN_PARTS);
  }
  if (!texts.isWhole) throw refuse('the list has no end ("]"): the rest of it is missing');
  const { histories } = keeper;
  if (histories.rows === 0) throw new RowsError(name, 'there are no rows in it', REWRITE);
  return histories;
}

function refuseForeign(name: string, bytes: Buffer): void {
  if (isSqlite(bytes)) {
    throw new RowsError(
      name,
      'it is an SQLite database, and its rows are expected',
      `Write them by: ${rowsCommand(name)}; then: qguardarr import rows.json`,
    );
  }
  // Windows PowerShell 5 writes this when the output of a command goes to a file.
  if (bytes[0] === 0xff && bytes[1] === 0xfe) {
    throw new RowsError(
      name,
      'it is UTF-16, and UTF-8 is expected',
      'In PowerShell, run the command by: cmd /c',
    );
  }
}

/** What isn't a row is not shown: another file may hold secrets. */
function parseRow(text: string, refuse: (why: string) => RowsError): RollbackRow {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw refuse('it is not one whole row as JSON');
  }
  const row = decodeRow(parsed);
  if (isLeft(row)) throw refuse(row.left);
  return row.right;
}
