import type { TorrentSpec } from './torrent.ts';

export interface SwarmOptions {
  /** Same seed, same torrents, same calls: same bytes. */
  readonly seed: number;
  readonly torrents: readonly TorrentSpec[];
  /** The link's upload capacity, B/s. */
  readonly linkBps: number;
  /** How often the API's statistics move, ms; default 1500 as in qBittorrent. */
  readonly refreshIntervalMs?: number;
  /** Unix ms at which the swarm starts; default 0. */
  readonly startMs?: number;
  /**
   * When the sync data shows a limit just written: 'refresh' as 5.1 does (default), or 'at-once' as 4.5 does.
   * The other endpoints show it at once in both.
   */
  readonly limitsShown?: 'refresh' | 'at-once';
  /** How many clients leech; the torrents of one ask in step. Default 20. */
  readonly leechers?: number;
  /** How a torrent at rest and its commands are called: 'stopped' as from 5.0 on (default), or 'paused' as before. */
  readonly restIsCalled?: 'stopped' | 'paused';
}
