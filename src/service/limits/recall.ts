import type { TorrentKey } from '../../control/torrent.ts';
import type { Journal } from '../../journal/records.ts';
import type { HeldLimits } from './held-limits.ts';

const PAGE = 500;
/** A machine that lost its power brings back what was on disk; file systems write within half a minute. */
const REACH_MS = 5 * 60_000;

/** Recalls once: not again after it has come to its end. */
export function recallOnce(journal: Journal, held: HeldLimits): () => Promise<void> {
  let isDone = false;
  return async () => {
    if (isDone) return;
    await recallWrites(journal, held);
    isDone = true;
  };
}

/**
 * Recalls what a former run wrote in its last minutes. An original names only the last two limits, and after a
 * crash of the machine, or calls that arrived without an answer, a torrent may show one from before.
 * Finds nothing where changes are not kept (`track_all_changes: false`).
 */
export async function recallWrites(journal: Journal, held: HeldLimits): Promise<void> {
  const wires = new Map<TorrentKey, number[]>();
  let since = Number.NEGATIVE_INFINITY;
  for (let offset = 0; ; offset += PAGE) {
    const { items } = await journal.page('change', offset, PAGE);
    const changes = items.flatMap((item) => ('toWire' in item ? [item] : []));
    if (offset === 0) since = (changes[0]?.at ?? 0) - REACH_MS;
    const recent = changes.filter(({ at }) => at >= since);
    for (const { toWire, torrents } of recent) {
      for (const { key } of torrents) {
        const known = wires.get(key);
        if (known === undefined) wires.set(key, [toWire]);
        else known.push(toWire);
      }
    }
    if (recent.length < PAGE) break;
  }
  for (const [key, latestFirst] of wires) held.recall(key, latestFirst.reverse());
}
