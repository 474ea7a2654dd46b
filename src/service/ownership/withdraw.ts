import type { TorrentKey } from '../../control/torrent.ts';
import type { Journal } from '../../journal/records.ts';
import type { HeldLimits } from '../limits/held-limits.ts';

/**
 * Takes back what was recorded while another program wrote limits, too: an original that was replaced since then is
 * the one from before again, and a torrent that first came under management since then, and was rewritten, is
 * forgotten: what was recorded as its original is the other program's limit.
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
    else if (earlier.length === 0 && firstSeenAt >= since && rewritten.has(key)) discarded.push(key);
  }
  if (replaced.length > 0) await journal.revertOriginals(replaced, since - 1);
  for (const key of replaced) held.setOriginal(key, journal.originals.get(key)?.originalWire ?? 0);
  if (discarded.length > 0) await journal.closeOriginals(discarded);
  for (const key of discarded) held.release(key);
}
