import type { TorrentRows } from '../../qbittorrent/torrent-rows.ts';
import { megabytes } from '../measures/alarm.ts';
import type { Finding } from './diagnosis.ts';

/** An info-hash in a list in JSON. */
const BYTES_A_TORRENT = 43;
/** Under a URL of so many of all torrents, the next one will be, too. */
const COMMON_PART = 0.5;
/** More than a delta in which every torrent has moved. */
const MUCH_BYTES = 8_000_000;

/** What announce URLs cost that most torrents have in common: the client sends the whole list of each that changes. */
export function diagnoseAnnounceUrls({ columns, urls }: TorrentRows): Finding[] {
  const common = [...urls.sizes()].filter((size) => size > COMMON_PART * columns.size);
  const bytes = common.reduce((sum, size) => sum + size * BYTES_A_TORRENT, 0);
  if (bytes < MUCH_BYTES) return [];
  return [
    {
      problem:
        `${common.length} announce URLs are on most of the torrents: with each torrent that is added or removed, ` +
        `qBittorrent sends the lists of all of them again, ${megabytes(bytes)}`,
      advice:
        'turn off "Automatically append these trackers to new downloads" in qBittorrent (Options, BitTorrent), or ' +
        'shorten the list there, and remove those URLs from the torrents',
    },
  ];
}
