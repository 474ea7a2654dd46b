import { MOST_URLS_OF_ONE } from '../../qbittorrent/answer-limits.ts';
import type { TorrentRows } from '../../qbittorrent/torrent-rows.ts';
import { megabytes } from '../measures/alarm.ts';
import type { Finding } from './diagnosis.ts';

/** An info-hash in a list in JSON. */
const BYTES_A_TORRENT = 43;
/** Under a URL of so many of all torrents, the next one will be, too. */
const COMMON_PART = 0.5;
/** More than a delta in which every torrent has moved. */
const MUCH_BYTES = 8_000_000;

/** Torrents that are named. */
const MOST_NAMED = 3;

/** Announce URLs that were left out since the last full read, as there were too many. */
export function diagnoseLeftOutUrls({ columns, urls: { leftOut } }: TorrentRows): Finding[] {
  const findings: Finding[] = [];
  const cut = leftOut.torrents;
  if (cut > 0) {
    const named = leftOut.first(MOST_NAMED).map((row) => columns.infoHashOf(row));
    const others = cut > named.length ? `, and ${cut - named.length} more` : '';
    findings.push({
      problem:
        `${cut === 1 ? 'a torrent has' : `${cut} torrents have`} too many announce URLs (at most ` +
        `${MOST_URLS_OF_ONE} of a torrent are used), and the rest is left out: ${named.join(', ')}${others}`,
      advice: 'remove these torrents, or most of their trackers, in qBittorrent; others are not affected',
    });
  }
  if (leftOut.unlisted > 0) {
    findings.push({
      problem:
        `qBittorrent lists announce URLs of many more torrents than it has: ${leftOut.unlisted} entries are ` +
        'left out, so some torrents may count under the wrong tracker',
      advice:
        'restart qBittorrent; if this stays, check that qbittorrent.host and port lead to qBittorrent itself',
    });
  }
  return findings;
}

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
