import type { Torrent, TorrentKey } from '../control/torrent.ts';
import { exactToWire, limitFromWire } from '../control/units.ts';
import type { OriginalRecord } from '../journal/records.ts';

/*
 * Which limits in qBittorrent are Qguardarr's. A torrent is held from the moment its first intent is on
 * disk until its own limit is back. The memory of the journal's originals, with what only this run knows:
 * whether qBittorrent has confirmed a limit, and when it took effect.
 *
 * Invariant: a limit that Qguardarr wrote is never taken for the user's. A value seen in qBittorrent is
 * the user's only when the last write was confirmed and the value is none of the last few written ones
 * (a client that crashed may bring back an older limit of ours).
 */

/** A limit counts in measurements from this long after its call: raises show within 3 s, cuts in 3 to 6. */
const RAISE_TAKES_MS = 1_000;
const CUT_TAKES_MS = 2_500;
const REMEMBERED_WIRES = 4;
/** A limit that never shows in the sync data is written anew after this long. */
const UNCONFIRMED_FOR_MS = 10_000;

export interface HeldLimit {
  readonly key: TorrentKey;
  readonly trackerId: string | null;
  readonly ownWire: number;
  /** Unix ms. */
  readonly since: number;
  /** Last written, or journaled to be; null before the first call has ended. */
  readonly wire: number | null;
  readonly recentWires: readonly number[];
  readonly confirmed: boolean;
  /** Of the last write, monotonic ms. */
  readonly writtenAt: number;
  readonly tookEffectAt: number;
  /** When it was first missing from qBittorrent, Unix ms; null while it is there. */
  readonly missingSince: number | null;
}

/** What a torrent's limit in qBittorrent means. */
export type LimitSight =
  | { readonly kind: 'not-held' }
  | { readonly kind: 'ours'; readonly held: HeldLimit }
  | { readonly kind: 'users'; readonly held: HeldLimit; readonly wire: number };

export class HeldLimits {
  readonly #held = new Map<TorrentKey, HeldLimit>();
  #epoch = 0;

  /**
   * Which time between two restorations it is. A plan from an earlier epoch must not be applied: it takes
   * limits for Qguardarr's that have been given back since, and would journal them as originals.
   */
  get epoch(): number {
    return this.#epoch;
  }

  beginEpoch(): void {
    this.#epoch += 1;
  }

  /** Takes over what a former run held: nothing of it is confirmed yet. */
  restore(originals: Iterable<OriginalRecord>): void {
    this.#held.clear();
    for (const record of originals) {
      const recent = [record.beforeLastWire, record.lastWire, record.originalWire].filter((wire) => wire !== null);
      this.#held.set(record.key, {
        key: record.key,
        trackerId: record.trackerId,
        ownWire: record.originalWire,
        since: record.firstSeenAt,
        wire: null,
        recentWires: recent,
        confirmed: false,
        writtenAt: Number.NEGATIVE_INFINITY,
        tookEffectAt: Number.NEGATIVE_INFINITY,
        missingSince: null,
      });
    }
  }

  get size(): number {
    return this.#held.size;
  }

  get(key: TorrentKey): HeldLimit | undefined {
    return this.#held.get(key);
  }

  values(): Iterable<HeldLimit> {
    return this.#held.values();
  }

  /** The journal has these on disk and the call is about to go out. */
  intend(key: TorrentKey, trackerId: string, fromWire: number, toWire: number, now: number): void {
    const before = this.#held.get(key);
    this.#held.set(key, {
      key,
      trackerId,
      ownWire: before?.ownWire ?? fromWire,
      since: before?.since ?? now,
      wire: before?.wire ?? null,
      recentWires: [...(before?.recentWires ?? []), fromWire, toWire].slice(-REMEMBERED_WIRES),
      confirmed: false,
      writtenAt: before?.writtenAt ?? Number.NEGATIVE_INFINITY,
      tookEffectAt: before?.tookEffectAt ?? Number.NEGATIVE_INFINITY,
      missingSince: null,
    });
  }

  /** qBittorrent accepted the call. @param at monotonic ms */
  written(key: TorrentKey, toWire: number, at: number): void {
    const before = this.#held.get(key);
    if (before === undefined) return;
    const last = before.wire ?? before.ownWire;
    const raised = limitFromWire(toWire) > limitFromWire(last);
    const tookEffectAt = at + (raised ? RAISE_TAKES_MS : CUT_TAKES_MS);
    this.#held.set(key, { ...before, wire: toWire, confirmed: false, writtenAt: at, tookEffectAt });
  }

  /** The torrent has its own limit back: Qguardarr holds it no longer. */
  release(key: TorrentKey): void {
    this.#held.delete(key);
  }

  /** The user's value is the torrent's own limit from now on. */
  adopt(key: TorrentKey, wire: number, at: number): void {
    const before = this.#held.get(key);
    if (before === undefined) return;
    this.#held.set(key, { ...before, ownWire: wire, wire, recentWires: [wire], confirmed: true, tookEffectAt: at });
  }

  /** Reads what qBittorrent shows for a torrent, and remembers a confirmation. @param at monotonic ms */
  see(torrent: Torrent, at: number): LimitSight {
    const held = this.#held.get(torrent.key);
    if (held === undefined) return { kind: 'not-held' };
    const shown = shownWire(torrent);
    if (held.wire === shown) {
      const confirmed = held.confirmed && held.missingSince === null ? held : { ...held, confirmed: true, missingSince: null };
      this.#held.set(torrent.key, confirmed);
      return { kind: 'ours', held: confirmed };
    }
    if (held.recentWires.includes(shown)) {
      // Not shown yet; or an older one of ours is back, or the call was lost: then what is shown is in force.
      const stale = held.wire === null || held.confirmed || at - held.writtenAt > UNCONFIRMED_FOR_MS;
      const seen = stale ? { ...held, wire: shown, confirmed: true, missingSince: null } : { ...held, missingSince: null };
      this.#held.set(torrent.key, seen);
      return { kind: 'ours', held: seen };
    }
    return { kind: 'users', held, wire: shown };
  }

  /** The torrent isn't in qBittorrent now. Its original is kept: it may be loading, or come back. */
  miss(key: TorrentKey, now: number): void {
    const held = this.#held.get(key);
    if (held !== undefined && held.missingSince === null) this.#held.set(key, { ...held, missingSince: now });
  }

  /** Held torrents that have been missing since before `before` (Unix ms). */
  missingSince(before: number): TorrentKey[] {
    return [...this.#held.values()]
      .filter((held) => held.missingSince !== null && held.missingSince < before)
      .map((held) => held.key);
  }
}

/** The limit in force by our own knowledge, B/s. */
export function limitInForce(held: HeldLimit, shownBps: number): number {
  return held.wire === null ? shownBps : limitFromWire(held.wire);
}

/** The wire form of what a torrent shows, exact: an original is restored to the byte. */
export function shownWire(torrent: Torrent): number {
  return exactToWire(torrent.uploadLimitBps);
}
