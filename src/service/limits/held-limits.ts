import { hasMark } from '../../control/limit-mark.ts';
import type { Open } from '../../control/open.ts';
import type { Torrent, TorrentKey } from '../../control/torrent.ts';
import { limitFromWire } from '../../control/units.ts';
import type { OriginalRecord } from '../../journal/records.ts';
import {
  distinct,
  type HeldLimit,
  isInForce,
  isSettled,
  isWriteOpen,
  type LimitSight,
  remember,
  shownWire,
  UNCONFIRMED_FOR_MS,
} from './held-limit.ts';

/*
 * Which limits in qBittorrent are Qguardarr's. A torrent is held from the moment its first intent is on
 * disk until qBittorrent shows its own limit again. The memory of the journal's originals, with what only
 * this run knows: which limit qBittorrent has confirmed, and when it took effect.
 *
 * Invariant: a limit that Qguardarr wrote is never taken for the user's. The sync data lags behind a write
 * by up to a refresh, and a client that crashed brings back what it last saved, so any of the last written
 * limits may be seen again; only a value that is none of them is the user's. And a picture confirms only what
 * was written long enough before it was taken: what it shows may be about to be replaced by a later write.
 */

/** A limit counts in measurements from this long after its call: raises show within 3 s, cuts in 3 to 6. */
const RAISE_TAKES_MS = 1_000;
const CUT_TAKES_MS = 2_500;
/** A limit moved by no more than this part goes on being measured: the next level is often a per cent away. */
const MEASURED_ON_WITHIN = 0.1;
/** Sync data shows a write after this long, with qBittorrent's usual refresh; `Picture` knows the real one. */
const USUALLY_SHOWS_WITHIN_MS = 1_700;

const FOREIGN_LATELY_MS = 60_000;

/** Changed in place: thousands change in each cycle. */
type Held = Open<Omit<HeldLimit, 'recentWires'>> & { recentWires: number[] };

const OURS: LimitSight = { kind: 'ours' };

export class HeldLimits {
  readonly #held = new Map<TorrentKey, Held>();
  readonly #touched = new Set<TorrentKey>();
  #epoch = 0;
  #clientRun = 0;

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

  /**
   * The client may have restarted: at the next sight of each torrent, any limit that Qguardarr ever wrote may be back,
   * since the client comes up with what it last saved.
   */
  noteClientRestart(): void {
    this.#clientRun += 1;
  }

  /** Grows with every possible restart of the client. */
  get clientRun(): number {
    return this.#clientRun;
  }

  /**
   * Takes over what a former run held: nothing of it is confirmed yet.
   * @param at monotonic ms: that run's last call may have been sent until then; long ago by default
   */
  restore(originals: Iterable<OriginalRecord>, at = Number.NEGATIVE_INFINITY): void {
    for (const key of this.#held.keys()) this.#touched.add(key);
    this.#held.clear();
    this.takeOver(originals, at);
  }

  /** As `restore`, of those only that aren't held. */
  takeOver(originals: Iterable<OriginalRecord>, at: number): void {
    for (const record of originals) {
      const { key, trackerId, originalWire, beforeLastWire, lastWire, earlier = [] } = record;
      if (this.#held.has(key)) continue;
      this.#touched.add(key);
      const isUsers = (wire: number) => earlier.some((former) => former.wire === wire);
      const ours = [beforeLastWire, lastWire].filter((wire) => wire !== null && !isUsers(wire));
      const known = [originalWire, ...ours].filter((wire) => wire !== null);
      this.#held.set(key, {
        key,
        trackerId,
        ownWire: originalWire,
        since: record.firstSeenAt,
        wire: null,
        recentWires: distinct(known),
        confirmed: false,
        hasShown: false,
        writtenAt: Number.NEGATIVE_INFINITY,
        unsettledSince: at,
        tookEffectAt: Number.NEGATIVE_INFINITY,
        measuredWire: null,
        disputed: false,
        missingSince: null,
        missingFrom: null,
        seenInRun: -1,
        writtenSinceForeign: false,
        foreignAt: Number.NEGATIVE_INFINITY,
      });
    }
  }

  /** Torrents of which something was changed here, and not only seen, since the last call. */
  takeTouched(): readonly TorrentKey[] {
    const touched = [...this.#touched];
    this.#touched.clear();
    return touched;
  }

  /** Limits that a former run wrote to a torrent, oldest first: seen again, they are ours. */
  recall(key: TorrentKey, wires: readonly number[]): void {
    const before = this.#held.get(key);
    if (before === undefined) return;
    before.recentWires = distinct([...wires, ...before.recentWires]);
  }

  get size(): number {
    return this.#held.size;
  }

  /** How many of them are not in qBittorrent now. */
  get missing(): number {
    let count = 0;
    for (const { missingFrom } of this.#held.values()) if (missingFrom !== null) count += 1;
    return count;
  }

  /** As it is now: it changes with all that happens. */
  get(key: TorrentKey): HeldLimit | undefined {
    return this.#held.get(key);
  }

  /** As `get`. */
  values(): Iterable<HeldLimit> {
    return this.#held.values();
  }

  /** The journal has it on disk and the call is about to go out; `written` or `failed` follows. @param now Unix ms */
  intend(key: TorrentKey, trackerId: string, fromWire: number, toWire: number, now: number): void {
    this.#touched.add(key);
    const before = this.#held.get(key);
    if (before === undefined) {
      this.#held.set(key, firstIntended(key, trackerId, fromWire, toWire, now, this.#clientRun));
      return;
    }
    before.trackerId = trackerId;
    remember(before.recentWires, fromWire);
    remember(before.recentWires, toWire);
    before.confirmed = false;
    before.unsettledSince = Number.POSITIVE_INFINITY;
    before.disputed = false;
    showPresent(before);
  }

  /**
   * qBittorrent accepted the call.
   * @param at monotonic ms
   * @param binds what the torrent uses depends on the limit: samples from before say nothing of the new one
   */
  written(key: TorrentKey, toWire: number, at: number, binds = true): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    const { wire, measuredWire } = held;
    const raised = limitFromWire(toWire) > limitFromWire(wire ?? held.ownWire);
    held.wire = toWire;
    held.confirmed = false;
    held.hasShown = false;
    held.writtenSinceForeign = true;
    held.writtenAt = at;
    held.unsettledSince = null;
    if (isNear(toWire, measuredWire) && isNear(toWire, wire)) return;
    if (binds || measuredWire === null) held.tookEffectAt = at + (raised ? RAISE_TAKES_MS : CUT_TAKES_MS);
    held.measuredWire = toWire;
  }

  /** The call failed or was broken off: it may have arrived all the same, or still do. @param at monotonic ms */
  failed(key: TorrentKey, at: number): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    held.wire = null;
    held.measuredWire = null;
    held.unsettledSince = at;
  }

  /** The torrent has its own limit back: Qguardarr holds it no longer. */
  release(key: TorrentKey): void {
    this.#touched.add(key);
    this.#held.delete(key);
  }

  /**
   * The user's value is the torrent's own limit from now on. A call of ours may have landed since they set it, so
   * those that may still show stay ours, and the latest counts as in force until a later picture says otherwise.
   * @param at monotonic ms
   * @param showsWritesUntil as for `see`
   */
  adopt(key: TorrentKey, wire: number, at: number, showsWritesUntil = at - USUALLY_SHOWS_WITHIN_MS): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    // Later snapshots can show the former original only if the user sets it again.
    const ours = held.recentWires.filter((recent) => recent !== held.ownWire);
    held.recentWires = distinct([...ours, wire]);
    if (isWriteOpen(held, at, showsWritesUntil)) {
      held.disputed = true;
      showPresent(held);
    } else {
      held.tookEffectAt = at;
      held.measuredWire = null;
      confirm(held, wire);
    }
    held.ownWire = wire;
    held.writtenSinceForeign = false;
    held.foreignAt = at;
  }

  /**
   * Reads what qBittorrent shows for a torrent, and remembers a confirmation.
   * @param at when the picture arrived, monotonic ms
   * @param showsWritesUntil writes accepted until then show in the picture for certain, monotonic ms
   */
  see(
    torrent: Pick<Torrent, 'key' | 'uploadLimitBps'>,
    at: number,
    showsWritesUntil = at - USUALLY_SHOWS_WITHIN_MS,
  ): LimitSight {
    const held = this.#held.get(torrent.key);
    if (held === undefined) return { kind: 'not-held' };
    const shown = shownWire(torrent);
    const isFirstSight = held.seenInRun !== this.#clientRun || held.missingFrom !== null;
    held.seenInRun = this.#clientRun;
    if (shown === held.wire && isSettled(held)) return OURS;
    if (shown === held.wire) held.hasShown = true;
    const isOpen = isWriteOpen(held, at, showsWritesUntil);
    if (shown !== held.wire && !mayBeOurs(held, shown, isFirstSight || isOpen)) {
      if (!hasMark(shown)) return { kind: 'users', held, wire: shown };
      return { kind: 'marked', held, wire: shown };
    }
    if (!isFirstSight && !isOpen && isReset(held, shown, at)) return { kind: 'reset', held, wire: shown };
    if (isInForce(held, shown, at, showsWritesUntil)) {
      if (shown !== held.wire) held.measuredWire = null;
      confirm(held, shown);
    } else showPresent(held);
    return OURS;
  }

  /** Someone else set this limit: it is in force, and not the torrent's own. @param at monotonic ms */
  override(key: TorrentKey, wire: number, at: number): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    held.writtenSinceForeign = false;
    held.foreignAt = at;
    held.tookEffectAt = at;
    held.measuredWire = null;
    confirm(held, wire);
  }

  /** Another original limit, from the journal. */
  setOriginal(key: TorrentKey, wire: number): void {
    this.#touched.add(key);
    const held = this.#held.get(key);
    if (held !== undefined) held.ownWire = wire;
  }

  /**
   * Does the torrent have its own limit again? 'written': qBittorrent accepted it and is yet to show it.
   * @param at monotonic ms
   */
  ownLimit(key: TorrentKey, at: number): 'shown' | 'written' | 'replaced' {
    const held = this.#held.get(key);
    if (held === undefined) return 'shown';
    if (held.wire !== held.ownWire) return 'replaced';
    if (held.confirmed) return 'shown';
    return at - held.writtenAt <= UNCONFIRMED_FOR_MS ? 'written' : 'replaced';
  }

  /**
   * The torrent isn't in qBittorrent now. Its original is kept: it may be loading, or come back.
   * @param at monotonic ms
   * @param now Unix ms, to be shown only
   */
  miss(key: TorrentKey, at: number, now: number): void {
    const held = this.#held.get(key);
    if (held === undefined || held.missingFrom !== null) return;
    held.missingFrom = at;
    held.missingSince = now;
  }

  /** Held torrents that have been missing for longer than `ms`, by the monotonic clock. @param at monotonic ms */
  missingFor(ms: number, at: number): TorrentKey[] {
    return [...this.#held.values()]
      .filter((held) => held.missingFrom !== null && at - held.missingFrom > ms)
      .map((held) => held.key);
  }
}

function firstIntended(
  key: TorrentKey,
  trackerId: string,
  fromWire: number,
  toWire: number,
  now: number,
  clientRun: number,
): Held {
  return {
    key,
    trackerId,
    ownWire: fromWire,
    since: now,
    wire: null,
    recentWires: distinct([fromWire, toWire]),
    confirmed: false,
    hasShown: false,
    writtenAt: Number.NEGATIVE_INFINITY,
    unsettledSince: Number.POSITIVE_INFINITY,
    tookEffectAt: Number.NEGATIVE_INFINITY,
    measuredWire: null,
    disputed: false,
    missingSince: null,
    missingFrom: null,
    seenInRun: clientRun,
    writtenSinceForeign: false,
    foreignAt: Number.NEGATIVE_INFINITY,
  };
}

/**
 * @param mayBeOlder the client may show any limit from before: it has restarted, or a write of ours is on its way. A
 *   limit with the mark that we wrote lately is ours in any case, as no user sets it.
 */
function mayBeOurs(held: Held, shown: number, mayBeOlder: boolean): boolean {
  if (shown === held.ownWire) return true;
  const isRecent = held.recentWires.includes(shown);
  if (hasMark(shown)) return isRecent || mayBeOlder;
  return isRecent && (mayBeOlder || !held.confirmed);
}

/**
 * The client shows the original limit in place of ours. Where it has not shown ours yet, it may just be slow to: then
 * it counts only after a while, and only where someone else has been at this torrent lately.
 */
function isReset(held: Held, shown: number, at: number): boolean {
  if (shown !== held.ownWire || held.wire === null || shown === held.wire) return false;
  if (held.unsettledSince !== null || held.disputed) return false;
  if (held.confirmed || held.hasShown) return true;
  return at - held.writtenAt > UNCONFIRMED_FOR_MS && at - held.foreignAt <= FOREIGN_LATELY_MS;
}

function isNear(toWire: number, wire: number | null): boolean {
  return wire !== null && Math.abs(toWire - wire) <= MEASURED_ON_WITHIN * wire;
}

function showPresent(held: Held): void {
  held.missingSince = null;
  held.missingFrom = null;
}

function confirm(held: Held, wire: number): void {
  held.wire = wire;
  held.confirmed = true;
  held.disputed = false;
  held.unsettledSince = null;
  showPresent(held);
}
