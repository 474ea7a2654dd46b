import type { TorrentKey } from '../../control/torrent.ts';
import type { Journal, OriginalRecord } from '../../journal/records.ts';
import type { HeldLimits } from '../limits/held-limits.ts';
import type { ShownLimit } from './unknown-limits.ts';

/** What the originals of torrents with unknown limits are: the limits that they have now, or none. */
export type AdoptedAs = 'as-is' | 'unlimited';

export interface AdoptionParts {
  readonly journal: Journal;
  readonly held: HeldLimits;
  readonly trackerOf: (key: TorrentKey) => string | null;
  /** Unix ms. */
  readonly now: number;
}

/**
 * Declares what the original limits of these torrents are. `as-is`: their limits stay, and count as their own.
 * `unlimited`: they are managed from now on, and a release or a rollback lifts their limits. Returns how many.
 * @throws JournalError; then nothing has changed
 */
export async function adoptUnknown(
  { journal, held, trackerOf, now }: AdoptionParts,
  shown: readonly ShownLimit[],
  as: AdoptedAs,
): Promise<number> {
  if (as === 'as-is') {
    await journal.acceptLimits(shown, now);
    return shown.length;
  }
  const records = shown.map(
    ({ key, wire }): OriginalRecord => ({
      key,
      originalWire: 0,
      trackerId: trackerOf(key),
      firstSeenAt: now,
      lastWire: wire,
      beforeLastWire: null,
    }),
  );
  await journal.adoptOriginals(records);
  held.takeOver(records, Number.NEGATIVE_INFINITY);
  return records.length;
}
