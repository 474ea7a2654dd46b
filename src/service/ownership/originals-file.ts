/** The originals of a journal as JSON: for a backup, and for another journal. */
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { infoHashOf, torrentKey } from '../../control/torrent.ts';
import { MAX_LIMIT_BPS } from '../../control/units.ts';
import type { Journal, OriginalRecord } from '../../journal/records.ts';

const InfoHash = t.refinement(t.string, (text) => /^[0-9a-f]{40}$/.test(text), 'info-hash of 40 hex digits');
const Limit = t.refinement(
  t.number,
  (wire) => Number.isSafeInteger(wire) && wire >= 0 && wire <= MAX_LIMIT_BPS,
  'limit in B/s, 0 for none',
);

const Original = t.type({
  hash: InfoHash,
  original_limit: Limit,
  first_original_limit: Limit,
  tracker_id: t.union([t.string, t.null]),
  first_seen_at: t.string,
});
const OriginalsFile = t.type({ originals: t.readonlyArray(Original) });
export type OriginalsFile = t.TypeOf<typeof OriginalsFile>;

export function exportOriginals(journal: Pick<Journal, 'originals' | 'restored'>): OriginalsFile {
  return {
    originals: [...journal.originals.values(), ...journal.restored.values()].map(
      ({ key, originalWire, trackerId, firstSeenAt, earlier = [] }) => ({
        hash: infoHashOf(key),
        original_limit: originalWire,
        first_original_limit: earlier[0]?.wire ?? originalWire,
        tracker_id: trackerId,
        first_seen_at: new Date(firstSeenAt).toISOString(),
      }),
    ),
  };
}

/**
 * @param client the client's name, for the keys of the records
 * @param now Unix ms
 * @returns the records, or what is wrong with the text
 */
export function importOriginals(
  text: string,
  client: string,
  now: number,
): Either<string, readonly OriginalRecord[]> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return left('expected JSON as written by "qguardarr originals export"');
  }
  const decoded = OriginalsFile.decode(parsed);
  if (isLeft(decoded)) return left(explain(decoded.left));
  return right(
    decoded.right.originals.map(
      ({ hash, original_limit, first_original_limit, tracker_id }): OriginalRecord => ({
        key: torrentKey(client, hash),
        originalWire: original_limit,
        trackerId: tracker_id,
        firstSeenAt: now,
        lastWire: null,
        beforeLastWire: null,
        ...(first_original_limit === original_limit
          ? {}
          : { earlier: [{ wire: first_original_limit, until: now }] }),
      }),
    ),
  );
}

function explain(errors: t.Errors): string {
  const error = errors.at(-1);
  const place = error?.context.map(({ key }) => key).filter((key) => key !== '') ?? [];
  const expected = error?.context.at(-1)?.type.name ?? 'a valid value';
  return `expected ${expected} at ${place.join('.') || 'the top'}`;
}
