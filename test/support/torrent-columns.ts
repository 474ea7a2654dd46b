import type { MainData, TorrentFields } from '../../src/qbittorrent/codecs.ts';
import { TorrentColumns } from '../../src/qbittorrent/torrent-columns.ts';
import { FIELDS, isText } from '../../src/qbittorrent/torrent-fields.ts';

export function columnsOf(torrents: Readonly<Record<string, TorrentFields>>): TorrentColumns {
  const columns = new TorrentColumns();
  for (const [infoHash, told] of Object.entries(torrents)) columns.set(infoHash, told);
  return columns;
}

/** What was told of each torrent, in the order of their coming. */
export function entriesOf(columns: TorrentColumns): [infoHash: string, fields: TorrentFields][] {
  return [...columns.entries()].map(([infoHash, row]) => {
    const told = FIELDS.filter((field) => columns.isGiven(row, field));
    return [
      infoHash,
      Object.fromEntries(
        told.map((field) => [field, isText(field) ? columns.text(row, field) : columns.number(row, field)]),
      ),
    ];
  });
}

/** The trackers' lists in plain; passkeys are not in them. */
export function announced(trackers: MainData['trackers']): [url: string, infoHashes: string[]][] {
  const { infoHashes } = trackers;
  return [...trackers.lists()].map(([url, numbers]) => {
    const told: string[] = [];
    numbers.each((number) => told.push(infoHashes[number] ?? ''));
    return [url, told];
  });
}
