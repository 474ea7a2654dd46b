/** Made-up sync data, as the reader hands it to the torrent table. */

import { announceKey } from '../../src/qbittorrent/announce-key.ts';
import type { MainData, TorrentFields } from '../../src/qbittorrent/codecs.ts';
import { TrackerLists } from '../../src/qbittorrent/tracker-lists.ts';
import { columnsOf } from './torrent-columns.ts';

export const ONE = 'https://one.example/announce/k1';
export const TWO = 'https://two.example/announce/k2';

export function fields(more: TorrentFields = {}): TorrentFields {
  return {
    name: 'made up',
    state: 'uploading',
    up_limit: 0,
    upspeed: 0,
    uploaded_session: 0,
    num_leechs: 0,
    num_incomplete: 0,
    last_activity: 1,
    added_on: 1,
    category: '',
    tracker: '',
    ...more,
  };
}

export interface Parts {
  readonly bytes?: number;
  readonly rid?: number;
  readonly full?: boolean;
  readonly torrents?: Readonly<Record<string, TorrentFields>>;
  readonly removed?: readonly string[];
  readonly trackers?: Readonly<Record<string, readonly string[]>>;
  readonly trackersRemoved?: readonly string[];
  readonly serverState?: MainData['serverState'];
}

export function data(parts: Parts): MainData {
  return {
    bytes: parts.bytes ?? 1_000,
    rid: parts.rid ?? 1,
    fullUpdate: parts.full ?? false,
    torrents: columnsOf(parts.torrents ?? {}),
    torrentsRemoved: parts.removed ?? [],
    trackers: TrackerLists.of(parts.trackers ?? {}),
    trackersRemoved: (parts.trackersRemoved ?? []).flatMap((url) => announceKey(url) ?? []),
    serverState: parts.serverState ?? {},
  };
}

export function full(torrents: Readonly<Record<string, TorrentFields>>, parts: Parts = {}): MainData {
  return data({ ...parts, full: true, torrents });
}
