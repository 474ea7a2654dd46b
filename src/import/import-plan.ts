/** Pure: what of the histories the journal is to take over. */
import { type TorrentKey, torrentKey } from '../control/torrent.ts';
import type { OriginalRecord } from '../journal/records.ts';
import type { Histories, History } from './histories.ts';

/**
 * - `import`: the journal takes the original over
 * - `known`: the torrent is under management already, and the original in the journal stays
 * - `restored`: the torrent has its own limit back
 */
export type Outcome = 'import' | 'known' | 'restored';

export interface PlannedTorrent extends History {
  readonly outcome: Outcome;
  /** The journal's, wire form; null where it has none. */
  readonly knownWire: number | null;
}

export interface ImportPlan {
  readonly torrents: readonly PlannedTorrent[];
  readonly records: readonly OriginalRecord[];
}

/**
 * @param instance `qbittorrent.name` of the config
 * @param trackerIds of the config: any other id means nothing here
 */
export function planImport(
  { torrents }: Histories,
  originals: ReadonlyMap<TorrentKey, OriginalRecord>,
  instance: string,
  trackerIds: ReadonlySet<string>,
): ImportPlan {
  const planned = [...torrents.values()].map((history): PlannedTorrent => {
    const known = originals.get(torrentKey(instance, history.infoHash));
    const outcome = known !== undefined ? 'known' : hasOwnLimitBack(history) ? 'restored' : 'import';
    return { ...history, outcome, knownWire: known?.originalWire ?? null };
  });
  const records = planned
    .filter(({ outcome }) => outcome === 'import')
    .map(({ infoHash, originalWire, lastWire, beforeLastWire, trackerId, firstAt }) => ({
      key: torrentKey(instance, infoHash),
      originalWire,
      trackerId: trackerId !== null && trackerIds.has(trackerId) ? trackerId : null,
      firstSeenAt: firstAt,
      lastWire,
      beforeLastWire,
    }));
  return { torrents: planned, records };
}

/** Its rollback gives back what it found at its last change, which may be a limit of its own. */
function hasOwnLimitBack({ isRestored, beforeLastWire, originalWire }: History): boolean {
  return isRestored && beforeLastWire === originalWire;
}
