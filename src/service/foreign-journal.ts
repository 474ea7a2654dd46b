import type { Journal } from '../journal/records.ts';

/** The journal holds the originals of another qBittorrent than the configured one: no limit may be set beside them. */
export class ForeignJournal extends Error {
  override readonly name = 'ForeignJournal';
  readonly instance: string;
  readonly torrents: number;

  constructor(instance: string, torrents: number, configured: string) {
    super(
      `The journal belongs to qBittorrent "${instance}" with ${torrents} torrent${torrents === 1 ? '' : 's'} under ` +
        `management, and qbittorrent.name is "${configured}": set qbittorrent.name back to "${instance}", or with ` +
        'that name roll back first (qguardarr rollback --confirm).',
    );
    this.instance = instance;
    this.torrents = torrents;
  }
}

/**
 * Originals count for the qBittorrent that their keys name (`instance:infoHash`). Under another name they would
 * be passed over, the limits in force taken for the torrents' own, and the originals lost.
 * @throws ForeignJournal
 */
export function assertJournalOf(configured: string, journal: Journal): void {
  const counts = new Map<string, number>();
  for (const key of journal.originals.keys()) {
    const instance = key.slice(0, key.indexOf(':'));
    if (instance !== configured) counts.set(instance, (counts.get(instance) ?? 0) + 1);
  }
  for (const [instance, torrents] of counts) throw new ForeignJournal(instance, torrents, configured);
}
