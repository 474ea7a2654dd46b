/** A rollback to the first originals: to the limits seen before Qguardarr's first write, whatever was set later. */
import { infoHashOf, type TorrentKey } from '../control/torrent.ts';
import { ScopeSet, type TorrentScope } from '../control/torrent-scope.ts';
import type { Journal, OriginalRecord } from '../journal/records.ts';
import type { HeldLimits } from './limits/held-limits.ts';
import type { Picture } from './limits/picture.ts';

type TrackerOf = (record: OriginalRecord) => string | null;

const recordedTracker: TrackerOf = ({ trackerId }) => trackerId;

/**
 * Makes the first originals the originals again: of managed torrents, and of restored ones that the journal still has,
 * which are managed from then on.
 * @param scope null: all torrents
 * @param trackerOf the tracker that a torrent counts under; by default as recorded
 * @returns the records, as they were, of the torrents whose original is another now
 * @throws JournalError
 */
export async function revertToFirst(
  journal: Journal,
  scope: TorrentScope | null,
  trackerOf: TrackerOf = recordedTracker,
): Promise<readonly OriginalRecord[]> {
  const restored = withOtherFirst(journal.restored.values(), scope, trackerOf);
  const later = [...withOtherFirst(journal.originals.values(), scope, trackerOf), ...restored];
  await journal.reopenOriginals(restored.map(({ key }) => key));
  await journal.revertOriginals(
    later.map(({ key }) => key),
    0,
  );
  return later;
}

/** Torrents of the scope whose first original is another than the present one. */
export function withOtherFirst<T extends OriginalRecord>(
  records: Iterable<T>,
  scope: TorrentScope | null,
  trackerOf: TrackerOf = recordedTracker,
): T[] {
  const scopes = scope === null ? null : new ScopeSet([scope]);
  return [...records].filter((record) => {
    const { key, originalWire, earlier = [] } = record;
    if ((earlier[0]?.wire ?? originalWire) === originalWire) return false;
    return scopes === null || scopes.covers(infoHashOf(key), trackerOf(record));
  });
}

/** Limits that someone else has set count as in force, and are not taken for originals. @param at monotonic ms */
export function disregardOthers(
  held: HeldLimits,
  picture: Picture,
  keys: Iterable<TorrentKey>,
  at: number,
): void {
  for (const key of keys) {
    const torrent = picture.get(key);
    const sight = torrent === undefined ? null : held.see(torrent, at, picture.showsWritesUntil);
    if (sight?.kind === 'users') held.override(key, sight.wire, at);
  }
}
