/** A rollback to the first originals: to the limits seen before Qguardarr's first write, whatever was set later. */
import { infoHashOf } from '../control/torrent.ts';
import { ScopeSet, type TorrentScope } from '../control/torrent-scope.ts';
import type { Journal, OriginalRecord } from '../journal/records.ts';
import type { HeldLimits } from './limits/held-limits.ts';
import type { RestoreResult } from './limits/restorer.ts';

/** Whoever sets a limit again after each of them wins: this must come to an end. */
const PASSES = 3;

interface Parts {
  readonly journal: Journal;
  /** Null: nothing is held yet. */
  readonly held: HeldLimits | null;
}

/**
 * Makes the first originals the originals again: of managed torrents, and of restored ones that the journal still has,
 * which are managed from then on.
 * @param scope null: all torrents
 * @param at monotonic ms
 * @returns the records, as they were, of the torrents whose original is another now
 * @throws JournalError
 */
export async function revertToFirst(
  { journal, held }: Parts,
  scope: TorrentScope | null,
  at: number,
): Promise<readonly OriginalRecord[]> {
  const restored = withOtherFirst(journal.restored.values(), scope, held);
  const former = [...withOtherFirst(journal.originals.values(), scope, held), ...restored];
  await journal.reopenOriginals(restored.map(({ key }) => key));
  const keys = former.map(({ key }) => key);
  await journal.revertOriginals(keys, 0);
  if (held === null) return former;
  const records = keys.flatMap((key) => journal.originals.get(key) ?? []);
  held.takeOver(records, at);
  for (const { key, originalWire } of records) held.setOriginal(key, originalWire);
  recallFormer(held, former);
  return former;
}

/** Former originals that are seen again are not new limits of the user's. */
export function recallFormer(held: HeldLimits, former: readonly OriginalRecord[]): void {
  for (const { key, originalWire } of former) held.recall(key, [originalWire]);
}

/**
 * Restores, and once more where that took a limit set later for the original: the client shows some only when it has
 * begun, and what was set while no one looked is known then only.
 * @param revert returns of how many torrents the original is another now
 */
export async function restoreToFirst(
  restore: () => Promise<RestoreResult>,
  revert: () => Promise<number>,
): Promise<RestoreResult> {
  let result = await restore();
  const all = result.restored + result.missing.length + result.unrestored.length;
  for (let pass = 1; pass < PASSES && (await revert()) > 0; pass += 1) {
    const again = await restore();
    const left = again.missing.length + again.unrestored.length;
    result = { ...again, restored: Math.max(0, all - left) };
  }
  return result;
}

/** Torrents of the scope whose first original is another than the present one. */
export function withOtherFirst<T extends OriginalRecord>(
  records: Iterable<T>,
  scope: TorrentScope | null,
  held: HeldLimits | null = null,
): T[] {
  const scopes = scope === null ? null : new ScopeSet([scope]);
  return [...records].filter(({ key, trackerId, originalWire, earlier = [] }) => {
    if ((earlier[0]?.wire ?? originalWire) === originalWire) return false;
    return scopes === null || scopes.covers(infoHashOf(key), held?.get(key)?.trackerId ?? trackerId);
  });
}
