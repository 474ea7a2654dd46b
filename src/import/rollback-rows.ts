/** The table in which the Python Qguardarr notes each limit that it changes. */
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { INFO_HASH, toV1Length } from '../control/torrent.ts';
import { MAX_LIMIT_BPS } from '../control/units.ts';
import { DatabaseError } from './sqlite/errors.ts';
import type { Pages } from './sqlite/pages.ts';
import { findTable, type Row, rowsOf, type Table } from './sqlite/table.ts';

const TABLE = 'rollback_entries';

/** One limit that it changed; wire form, 0 for none. */
export interface RollbackRow {
  readonly infoHash: string;
  readonly fromWire: number;
  readonly toWire: number;
  readonly trackerId: string | null;
  /** Unix ms. */
  readonly at: number;
  /** It has noted that the torrent got a limit back since. */
  readonly restored: boolean;
}

function read<A>(name: string, decode: (input: unknown) => A | undefined): t.Type<A, A, unknown> {
  return new t.Type<A, A, unknown>(
    name,
    (input): input is A => decode(input) !== undefined,
    (input, context) => {
      const decoded = decode(input);
      return decoded === undefined ? t.failure(input, context) : t.success(decoded);
    },
    t.identity,
  );
}

const InfoHash = read('info-hash', (input) => {
  if (typeof input !== 'string' || !INFO_HASH.test(input)) return undefined;
  return toV1Length(input.toLowerCase());
});
/** -1 and 0 are none, and so is what qBittorrent can't keep: it takes that for none as well. */
const Limit = read('limit in B/s', (input) => {
  const number = Number(typeof input === 'bigint' ? input : (input ?? Number.NaN));
  if (typeof input === 'string' || !Number.isFinite(number)) return undefined;
  return number <= 0 || number > MAX_LIMIT_BPS ? 0 : Math.floor(number);
});
const TrackerId = read('tracker id', (input): string | null | undefined => {
  if (input === null || input === undefined || input === 'unknown' || input === '') return null;
  return typeof input === 'string' ? input : undefined;
});
/** Within a Date's range. */
const Seconds = read('Unix seconds', (input) =>
  typeof input === 'number' && input >= 0 && input <= 8.64e12 ? input : undefined,
);
const Flag = read('0 or 1', (input) => (input === undefined || input === null ? false : Boolean(input)));

const Columns = t.type({
  torrent_hash: InfoHash,
  old_limit: Limit,
  new_limit: Limit,
  tracker_id: TrackerId,
  timestamp: Seconds,
  restored: Flag,
});
const NEEDED = ['torrent_hash', 'old_limit', 'new_limit', 'tracker_id', 'timestamp'] as const;

/** Oldest first, some at a time. Null stands for a row that isn't as expected. Throws DatabaseError. */
export async function* rollbackRows(pages: Pages): AsyncGenerator<readonly (RollbackRow | null)[]> {
  const table = await findTable(pages, TABLE);
  const missing = NEEDED.filter((name) => !table.columns.includes(name));
  if (missing.length > 0) {
    throw new DatabaseError(
      pages.file,
      `its table "${TABLE}" has no column ${missing.join(', ')}`,
      'Give the rollback database of the Python Qguardarr, rollback.database_path in its config.',
    );
  }
  for await (const rows of rowsOf(pages, table.root)) yield rows.map((row) => decodeRow(table, row));
}

function decodeRow({ columns }: Table, { values }: Row): RollbackRow | null {
  const decoded = Columns.decode(Object.fromEntries(columns.map((name, index) => [name, values[index]])));
  if (isLeft(decoded)) return null;
  const { torrent_hash, old_limit, new_limit, tracker_id, timestamp, restored } = decoded.right;
  return {
    infoHash: torrent_hash,
    fromWire: old_limit,
    toWire: new_limit,
    trackerId: tracker_id,
    at: Math.floor(timestamp * 1000),
    restored,
  };
}
