/** The qBittorrent that the matrix plays against, and the user's own limits in it. */
import type { LimitGate } from './limit-gate.ts';

export const INSTANCE = 'default';
export const CAP_BPS = 1_400_000;
/** Its statistics move so often. */
export const REFRESH_MS = 100;
/** Sync data shows a write after this long, to the service too. */
export const SHOWN_AFTER_MS = REFRESH_MS + 250;
/** None of the torrents is in a rollout at this. */
export const PERCENTAGE_NONE = 0;

export interface OwnTorrent {
  readonly name: string;
  readonly tracker: 'alpha' | 'beta';
  /** B/s, 0 for none. */
  readonly ownBps: number;
}

/** With and without own limits, above and below what Qguardarr gives, one under its own minimum of 1024. */
export const TORRENTS: readonly OwnTorrent[] = [
  { name: 'alpha-1', tracker: 'alpha', ownBps: 0 },
  { name: 'alpha-2', tracker: 'alpha', ownBps: 0 },
  { name: 'alpha-3', tracker: 'alpha', ownBps: 3_000_000 },
  { name: 'alpha-4', tracker: 'alpha', ownBps: 500 },
  { name: 'beta-1', tracker: 'beta', ownBps: 0 },
  { name: 'beta-2', tracker: 'beta', ownBps: 1_000_001 },
];
export const NAMES: readonly string[] = TORRENTS.map(({ name }) => name);
/** What the user sets by hand while the service runs, and on which. */
export const BY_HAND = { name: 'alpha-1', bps: 77_777 } as const;

/** Upload limits by torrent's name, B/s, 0 for none. */
export type Limits = Readonly<Record<string, number>>;

export interface World {
  /** Stands before qBittorrent; the service is given its port. */
  readonly gate: LimitGate;
  /** The same for a second service. */
  readonly secondGate: LimitGate;
  nameOf(infoHash: string): string;
  /** The limits really in force. */
  limits(): Promise<Limits>;
  /** Someone sets a limit, past Qguardarr. @param names of torrents */
  set(names: readonly string[], bps: number): Promise<void>;
  /** The client is gone at once, and with it all sessions. */
  killClient(): Promise<void>;
  /** It is up again. @param saved limits that it comes back with; a real client comes back with those that it saved */
  startClient(saved: Limits): Promise<void>;
  stop(): Promise<void>;
}
