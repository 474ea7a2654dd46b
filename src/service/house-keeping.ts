import type { Journal } from '../journal/records.ts';
import type { JournalWatch } from './journal-watch.ts';
import type { HeldLimits } from './limits/held-limits.ts';

const DAY_MS = 86_400_000;
/** A torrent missing from qBittorrent for so long won't come back: what the journal has of it is dropped. */
export const MISSING_FOR_MS = 7 * DAY_MS;

export interface HouseKeepingInput {
  readonly journal: Journal;
  readonly held: HeldLimits;
  readonly watch: JournalWatch;
  readonly keepChangesDays: number;
  /** Unix ms. */
  readonly nowMs: number;
  readonly monotonicMs: number;
}

/** Forgets originals of torrents long gone and changes older than they are kept; compacts the journal. Never rejects. */
export async function keepHouse(input: HouseKeepingInput): Promise<void> {
  const { journal, held, watch, keepChangesDays, nowMs, monotonicMs } = input;
  try {
    const gone = held.missingFor(MISSING_FOR_MS, monotonicMs);
    if (gone.length > 0) await journal.closeOriginals(gone);
    for (const key of gone) held.release(key);
    // One that the client still has is forgotten sooner, when its limit is saved.
    const restored = [...journal.restored.values()].filter(
      ({ restoredAt }) => nowMs - restoredAt > MISSING_FOR_MS,
    );
    if (restored.length > 0) await journal.closeOriginals(restored.map(({ key }) => key));
    await journal.prune(nowMs - keepChangesDays * DAY_MS);
  } catch (error) {
    watch.note(error);
  }
}
