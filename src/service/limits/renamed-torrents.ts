import { infoHashOf, type TorrentKey, torrentKey } from '../../control/torrent.ts';
import type { Journal, OriginalRecord } from '../../journal/records.ts';
import type { HeldLimits } from './held-limits.ts';
import type { Picture } from './picture.ts';

/**
 * The key that a managed torrent has now, when the client knows it by another id; null when it does not. A hybrid
 * torrent that was added by its v1 magnet link gets the id of its v2 hash once its metadata is there.
 */
export function renamedKey({ table }: Picture, key: TorrentKey): TorrentKey | null {
  const id = table.idOf(infoHashOf(key));
  if (id === undefined) return null;
  const renamed = torrentKey(table.instance, id);
  return renamed === key ? null : renamed;
}

/**
 * Keeps the originals of torrents under their new keys. The new ones are on disk before the old ones go.
 * @param renamed new keys by old key
 * @throws JournalError
 */
export async function followRenamed(
  { journal, held }: { readonly journal: Journal; readonly held: HeldLimits },
  renamed: ReadonlyMap<TorrentKey, TorrentKey>,
): Promise<void> {
  const records = [...renamed].flatMap(([from, to]): OriginalRecord[] => {
    const record = journal.originals.get(from);
    return record === undefined ? [] : [{ ...record, key: to }];
  });
  await journal.adoptOriginals(records);
  await journal.closeOriginals([...renamed.keys()]);
  for (const from of renamed.keys()) held.release(from);
  held.takeOver(records, Number.NEGATIVE_INFINITY);
}
