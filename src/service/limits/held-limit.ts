import type { Torrent, TorrentKey } from '../../control/torrent.ts';
import { exactToWire, limitFromWire } from '../../control/units.ts';

/** More than are written before a confirmation, with the quickest cycles and a slow refresh. */
const REMEMBERED_WIRES = 16;
/** A limit that never shows in the sync data is written anew after this long. */
export const UNCONFIRMED_FOR_MS = 10_000;

export interface HeldLimit {
  readonly key: TorrentKey;
  readonly trackerId: string | null;
  readonly ownWire: number;
  /** Unix ms. */
  readonly since: number;
  /** What qBittorrent accepted last, or has shown for good; null while that is unknown. */
  readonly wire: number | null;
  /** Different limits that may still show, the latest last. */
  readonly recentWires: readonly number[];
  /** qBittorrent has shown `wire`, and nothing was sent since. */
  readonly confirmed: boolean;
  /** qBittorrent has shown what was last written, maybe while older limits could still show. */
  readonly hasShown: boolean;
  /** Of the last write, monotonic ms. */
  readonly writtenAt: number;
  /**
   * Since when the last call is over without an answer (failed, broken off, or a former run's), monotonic ms;
   * infinite while it is under way; null when qBittorrent has accepted it.
   */
  readonly unsettledSince: number | null;
  /** Samples from then on say how the torrent uses its limit, monotonic ms. */
  readonly tookEffectAt: number;
  /** The limit that took effect then; those since were within a tenth of it. Null: none of ours did. */
  readonly measuredWire: number | null;
  /** The run of the client in which it was last seen, as `HeldLimits` counts them; -1 before. */
  readonly seenInRun: number;
  /** Qguardarr has written to it since someone else last did. */
  readonly writtenSinceForeign: boolean;
  /** When someone else was last seen to have changed its limit, monotonic ms. */
  readonly foreignAt: number;
  /** The user set their own limit about when the last call went out: the first picture after both says which holds. */
  readonly disputed: boolean;
  /** When it was first missing from qBittorrent, Unix ms, to be shown only; null while it is there. */
  readonly missingSince: number | null;
  /** The same on the monotonic clock: a wall clock that is set must not age anything. */
  readonly missingFrom: number | null;
}

/**
 * What a torrent's limit in qBittorrent means:
 * - `users`: someone set a value of their own: it is the torrent's original limit from now on
 * - `reset`: someone set the torrent back to its original limit
 * - `marked`: someone set a limit with Qguardarr's mark that is not ours: another Qguardarr; never an original
 */
export type LimitSight =
  | { readonly kind: 'not-held' }
  | { readonly kind: 'ours' }
  | { readonly kind: 'users' | 'reset' | 'marked'; readonly held: HeldLimit; readonly wire: number };

/** What it shows is no news: nearly all torrents, in nearly every cycle. */
export function isSettled({ confirmed, disputed, unsettledSince, missingFrom }: HeldLimit): boolean {
  return confirmed && !disputed && unsettledSince === null && missingFrom === null;
}

/** May the last call show yet, for the first time, in pictures to come? */
export function isWriteOpen(held: HeldLimit, at: number, showsWritesUntil: number): boolean {
  if (held.unsettledSince !== null) return at - held.unsettledSince <= UNCONFIRMED_FOR_MS;
  return held.writtenAt > showsWritesUntil;
}

/** One of ours is shown: is it the limit in force, or a picture from before the last write? */
export function isInForce(held: HeldLimit, shown: number, at: number, showsWritesUntil: number): boolean {
  if (isWriteOpen(held, at, showsWritesUntil)) return false;
  if (held.unsettledSince !== null || (held.disputed && shown === held.ownWire)) return true;
  // An older one, back after a confirmation or never replaced for so long: the last call was undone or lost.
  return shown === held.wire || held.confirmed || at - held.writtenAt > UNCONFIRMED_FOR_MS;
}

/** Each once, by its latest place; only the latest few. */
export function distinct(wires: readonly number[]): number[] {
  const latest: number[] = [];
  for (const wire of wires) remember(latest, wire);
  // A copy has no room to grow, which most never need: 3 MiB with 30,000 torrents.
  return latest.slice();
}

/** As the latest of them. @param wires `distinct` ones, and so they stay */
export function remember(wires: number[], wire: number): void {
  const before = wires.indexOf(wire);
  if (before !== -1) wires.splice(before, 1);
  else if (wires.length === REMEMBERED_WIRES) wires.shift();
  wires.push(wire);
}

/** What was last sent, by our own knowledge, wire form. */
export function lastSent(held: HeldLimit): number {
  return held.wire ?? held.recentWires.at(-1) ?? held.ownWire;
}

/** The limit in force by our own knowledge, B/s. */
export function limitInForce(held: HeldLimit, shownBps: number): number {
  return held.wire === null ? shownBps : limitFromWire(held.wire);
}

/** The wire form of what a torrent shows, exact: an original is restored to the byte. */
export function shownWire(torrent: Pick<Torrent, 'uploadLimitBps'>): number {
  return exactToWire(torrent.uploadLimitBps);
}
