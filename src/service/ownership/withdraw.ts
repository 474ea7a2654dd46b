import { hasMark } from '../../control/limit-mark.ts';
import type { TorrentKey } from '../../control/torrent.ts';
import type { Journal } from '../../journal/records.ts';
import type { HeldLimits } from '../limits/held-limits.ts';

/**
 * Takes back what was recorded while another program wrote limits, too: an original that was replaced since then is
 * the one from before again, and a torrent that first came under management since then and has the other program's
 * limit now is forgotten: what was recorded as its original is that program's, too.
 * @param since Unix ms
 * @throws JournalError
 */
export async function withdraw(
  { journal, held }: { readonly journal: Journal; readonly held: HeldLimits },
  since: number,
  rewritten: ReadonlySet<TorrentKey> = new Set(),
): Promise<void> {
  const replaced: TorrentKey[] = [];
  const discarded: TorrentKey[] = [];
  for (const { key, firstSeenAt, earlier = [] } of journal.originals.values()) {
    if (earlier.some(({ until }) => until >= since)) replaced.push(key);
    else if (earlier.length === 0 && firstSeenAt >= since && rewritten.has(key) && !mayHaveOurs(held, key)) {
      discarded.push(key);
    }
  }
  if (replaced.length > 0) await journal.revertOriginals(replaced, since - 1);
  for (const key of replaced) held.setOriginal(key, journal.originals.get(key)?.originalWire ?? 0);
  if (discarded.length > 0) await journal.closeOriginals(discarded);
  for (const key of discarded) held.release(key);
}

/** The limit in force may be ours, and must then be restored, if only to what was recorded. */
function mayHaveOurs(held: HeldLimits, key: TorrentKey): boolean {
  const wire = held.get(key)?.wire ?? null;
  return wire === null || hasMark(wire);
}
