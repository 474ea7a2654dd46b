/** A row of rollback_entries, the table in which the Python Qguardarr notes each limit that it changes. */
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { INFO_HASH, toV1Length } from '../control/torrent.ts';
import { MAX_LIMIT_BPS } from '../control/units.ts';
import { explainErrors } from '../journal/codecs.ts';

/** One limit that it changed; wire form, 0 for none. */
export interface RollbackRow {
  /** Grows with each row. */
  readonly id: number;
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

const Id = read('whole number', (input) =>
  typeof input === 'number' && Number.isSafeInteger(input) ? input : undefined,
);
const InfoHash = read('v1 or v2 info-hash in hex', (input) => {
  if (typeof input !== 'string' || !INFO_HASH.test(input)) return undefined;
  return toV1Length(input.toLowerCase());
});
/** -1 and 0 are none, and so is what qBittorrent can't keep: it takes that for none as well. */
const Limit = read('limit in B/s', (input) => {
  if (typeof input !== 'number' || !Number.isFinite(input)) return undefined;
  return input <= 0 || input > MAX_LIMIT_BPS ? 0 : Math.floor(input);
});
const TrackerId = read('text', (input): string | null | undefined => {
  if (input === null || input === 'unknown' || input === '') return null;
  return typeof input === 'string' ? input : undefined;
});
/** Within a Date's range. */
const Seconds = read('time in Unix seconds', (input) =>
  typeof input === 'number' && input >= 0 && input <= 8.64e12 ? input : undefined,
);
/** Databases of early versions have no such column. */
const Flag = read('0 or 1', (input): boolean | undefined => {
  if (input === undefined || input === null || input === 0) return false;
  return input === 1 ? true : undefined;
});

const Columns = t.type({
  id: Id,
  torrent_hash: InfoHash,
  old_limit: Limit,
  new_limit: Limit,
  tracker_id: TrackerId,
  timestamp: Seconds,
  restored: Flag,
});

/** @returns Left: which field is wrong, what was expected and what came */
export function decodeRow(input: unknown): Either<string, RollbackRow> {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return left('a row has to be a JSON object');
  const decoded = Columns.decode(input);
  if (isLeft(decoded)) return left(explainErrors(decoded.left));
  const { id, torrent_hash, old_limit, new_limit, tracker_id, timestamp, restored } = decoded.right;
  return right({
    id,
    infoHash: torrent_hash,
    fromWire: old_limit,
    toWire: new_limit,
    trackerId: tracker_id,
    at: Math.floor(timestamp * 1000),
    restored,
  });
}
