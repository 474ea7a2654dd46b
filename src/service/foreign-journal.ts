import type { TorrentKey } from '../control/torrent.ts';
import type { Journal } from '../journal/records.ts';

/** The journal holds the originals of another qBittorrent than the configured one: no limit may be set beside them. */
export class ForeignJournal extends Error {
  override readonly name = 'ForeignJournal';
  readonly instance: string;
  readonly torrents: number;

  /** @param state what the journal has of these torrents: managed ones, or else restored ones */
  constructor(instance: string, torrents: number, state: 'managed' | 'restored', configured: string) {
    const count = `${torrents} torrent${torrents === 1 ? '' : 's'}`;
    const what =
      state === 'managed'
        ? `with ${count} under management`
        : `with ${count} that have their own limits again and that it may not have saved yet`;
    const advice =
      state === 'managed'
        ? `set qbittorrent.name back to "${instance}", or with that name roll back first (qguardarr rollback --confirm).`
        : `set qbittorrent.name back to "${instance}" and let the service run for six minutes with qBittorrent, or ` +
          'choose another rollback.database_path.';
    super(
      `The journal belongs to qBittorrent "${instance}" ${what}, and qbittorrent.name is "${configured}": ${advice}`,
    );
    this.instance = instance;
    this.torrents = torrents;
  }
}

/**
 * Originals count for the qBittorrent that their keys name (`instance:infoHash`). Under another name they would
 * be passed over, the limits in force taken for the torrents' own, and the originals lost; so would those of torrents
 * that are restored, while the client may still bring back a limit of Qguardarr's.
 * @throws ForeignJournal
 */
export function assertJournalOf(configured: string, journal: Pick<Journal, 'originals' | 'restored'>): void {
  for (const [state, keys] of [
    ['managed', journal.originals.keys()],
    ['restored', journal.restored.keys()],
  ] as const) {
    for (const [instance, torrents] of countByInstance(keys)) {
      if (instance !== configured) throw new ForeignJournal(instance, torrents, state, configured);
    }
  }
}

function countByInstance(keys: Iterable<TorrentKey>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) {
    const instance = key.slice(0, key.indexOf(':'));
    counts.set(instance, (counts.get(instance) ?? 0) + 1);
  }
  return counts;
}
