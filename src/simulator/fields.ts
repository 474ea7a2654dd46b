import type { SimulatedTorrent } from './torrent.ts';
import type { FieldValue } from './versioned-fields.ts';

/** A torrent's sync data. */
type Shown = Readonly<Record<string, FieldValue>>;

const NEVER_ETA_S = 8_640_000;
const SAVE_PATH = '/downloads';

/** 1220: a SHA-256 of 32 bytes. */
function exactTopics({ hashV1, hashV2 }: SimulatedTorrent): string {
  return [hashV1 && `xt=urn:btih:${hashV1}`, hashV2 && `xt=urn:btmh:1220${hashV2}`].filter(Boolean).join('&');
}

/** All fields of one torrent in the sync data, as qBittorrent 5.1 names them, for a complete torrent. */
export function torrentFields(torrent: SimulatedTorrent): Record<string, FieldValue> {
  const { spec } = torrent;
  const announceUrls = spec.trackers.map((url) => `&tr=${encodeURIComponent(url)}`).join('');
  return {
    added_on: torrent.addedAt,
    amount_left: 0,
    auto_tmm: false,
    availability: -1,
    category: spec.category ?? '',
    comment: '',
    completed: torrent.sizeBytes,
    completion_on: torrent.addedAt + 600,
    content_path: `${SAVE_PATH}/${spec.name}`,
    dl_limit: 0,
    dlspeed: 0,
    download_path: '',
    downloaded: torrent.sizeBytes,
    downloaded_session: 0,
    eta: NEVER_ETA_S,
    f_l_piece_prio: false,
    force_start: false,
    has_metadata: true,
    inactive_seeding_time_limit: -2,
    infohash_v1: torrent.hashV1,
    infohash_v2: torrent.hashV2,
    magnet_uri: `magnet:?${exactTopics(torrent)}&dn=${encodeURIComponent(spec.name)}&xl=${torrent.sizeBytes}${announceUrls}`,
    max_inactive_seeding_time: -1,
    max_ratio: -1,
    max_seeding_time: -1,
    name: spec.name,
    num_complete: torrent.seedsKnown,
    num_seeds: 0,
    popularity: 0,
    priority: 0,
    private: spec.isPrivate ?? false,
    progress: 1,
    ratio_limit: -2,
    reannounce: 0,
    root_path: '',
    save_path: SAVE_PATH,
    seeding_time_limit: -2,
    seen_complete: torrent.addedAt,
    seq_dl: false,
    size: torrent.sizeBytes,
    super_seeding: false,
    tags: (spec.tags ?? []).join(', '),
    total_size: torrent.sizeBytes,
    tracker: spec.announces === false ? '' : (spec.trackers[0] ?? ''),
    trackers_count: spec.trackers.length,
    ...torrent.statistics(),
  };
}

/**
 * `torrents/properties`, where a missing limit reads -1.
 * @param shown the torrent's sync data as of the last refresh; only the limit is the one in force
 */
export function torrentProperties(torrent: SimulatedTorrent, shown: Shown): Record<string, FieldValue> {
  const pieceBytes = 4 * 1024 * 1024;
  const pieces = Math.ceil(torrent.sizeBytes / pieceBytes);
  return {
    addition_date: torrent.addedAt,
    comment: '',
    completion_date: torrent.addedAt + 600,
    created_by: '',
    creation_date: torrent.addedAt,
    dl_limit: -1,
    dl_speed: 0,
    dl_speed_avg: 0,
    download_path: '',
    eta: NEVER_ETA_S,
    has_metadata: true,
    hash: torrent.hash,
    infohash_v1: torrent.hashV1,
    infohash_v2: torrent.hashV2,
    is_private: torrent.spec.isPrivate ?? false,
    last_seen: torrent.addedAt,
    name: torrent.spec.name,
    nb_connections: shown.num_leechs ?? 0,
    nb_connections_limit: 100,
    peers: shown.num_leechs ?? 0,
    peers_total: shown.num_incomplete ?? 0,
    piece_size: pieceBytes,
    pieces_have: pieces,
    pieces_num: pieces,
    popularity: 0,
    private: torrent.spec.isPrivate ?? false,
    progress: 1,
    reannounce: 0,
    save_path: SAVE_PATH,
    seeding_time: shown.seeding_time ?? 0,
    seeds: 0,
    seeds_total: torrent.seedsKnown,
    share_ratio: shown.ratio ?? 0,
    time_elapsed: shown.time_active ?? 0,
    total_downloaded: torrent.sizeBytes,
    total_downloaded_session: 0,
    total_size: torrent.sizeBytes,
    total_uploaded: shown.uploaded ?? 0,
    total_uploaded_session: shown.uploaded_session ?? 0,
    total_wasted: 0,
    up_limit: torrent.limit.wire === 0 ? -1 : torrent.limit.wire,
    up_speed: shown.upspeed ?? 0,
    up_speed_avg: shown.upspeed ?? 0,
  };
}

const NOT_TRACKERS = ['** [DHT] **', '** [PeX] **', '** [LSD] **'];

/** `torrents/trackers`: three rows that are no trackers come first, as in qBittorrent. */
export function trackerRows(torrent: SimulatedTorrent, shown: Shown): readonly Record<string, FieldValue>[] {
  const isPrivate = torrent.spec.isPrivate ?? false;
  const rows: Record<string, FieldValue>[] = NOT_TRACKERS.map((url) => ({
    msg: isPrivate ? 'This torrent is private' : '',
    num_downloaded: 0,
    num_leeches: 0,
    num_peers: 0,
    num_seeds: 0,
    status: isPrivate ? 0 : 2,
    tier: -1,
    url,
  }));
  const works = torrent.spec.announces !== false;
  torrent.spec.trackers.forEach((url, tier) => {
    rows.push({
      msg: works ? '' : 'Host not found',
      num_downloaded: -1,
      num_leeches: works ? (shown.num_incomplete ?? 0) : -1,
      num_peers: works ? (shown.num_incomplete ?? 0) : -1,
      num_seeds: works ? torrent.seedsKnown : -1,
      status: works ? 2 : 4,
      tier,
      url,
    });
  });
  return rows;
}
