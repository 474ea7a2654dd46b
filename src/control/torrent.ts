/** One torrent as one qBittorrent instance last described it. Kept by the torrent table, read by everyone. */
export interface Torrent {
  readonly key: TorrentKey;
  readonly instance: string;
  /** 40 hex digits (v1) or the truncated v2 hash: the id that qBittorrent's WebUI API uses. */
  readonly infoHash: string;
  readonly name: string;
  readonly state: string;
  /** B/s, UNLIMITED when there is none. */
  readonly uploadLimitBps: number;
  /** B/s, smoothed by the client over about 5 s. */
  readonly uploadSpeedBps: number;
  /** Payload bytes since the client started; goes back to 0 when it restarts. */
  readonly uploadedSession: number;
  readonly leechersConnected: number;
  /** In the swarm by the tracker's scrape; -1 or 0 when unknown. */
  readonly leechersKnown: number;
  /** Unix seconds. */
  readonly lastActivityAt: number;
  /** Unix seconds. */
  readonly addedAt: number;
  readonly category: string;
}

/** `instance:infoHash`, unique across several qBittorrents. */
export type TorrentKey = string;

export function torrentKey(instance: string, infoHash: string): TorrentKey {
  return `${instance}:${infoHash}`;
}

/** Of a v1 torrent 40 hex digits, of a v2 one 64; without flags, as it stands in the API's description, too. */
export const INFO_HASH = /^(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$/;

/** A v2 torrent is known to the WebUI by the first 40 digits of its hash. */
export function toV1Length(infoHash: string): string {
  return infoHash.slice(0, 40);
}

/** The info-hash part of a key. */
export function infoHashOf(key: TorrentKey): string {
  return key.slice(key.indexOf(':') + 1);
}
