import type { Bus } from '../../bus.ts';
import { hasMark } from '../../control/limit-mark.ts';
import { infoHashOf, type TorrentKey } from '../../control/torrent.ts';
import { exactToWire } from '../../control/units.ts';
import type { Journal, RestoredRecord } from '../../journal/records.ts';
import type { Clock } from '../clock.ts';
import type { ForeignWrite } from '../ownership/foreign-writes.ts';
import { type LimitSight, lastSent } from './held-limit.ts';
import type { HeldLimits } from './held-limits.ts';
import { HeldNews } from './held-news.ts';
import type { Picture } from './picture.ts';
import { followRenamed, renamedKey } from './renamed-torrents.ts';

export interface ReconcilerParts {
  readonly picture: Picture;
  readonly held: HeldLimits;
  readonly journal: Journal;
  /** Nothing may be written to the client, so what it shows says nothing of the originals. */
  readonly isContested: () => boolean;
  /** All torrents were rolled back, and enforcement has not been resumed. */
  readonly isRolledBack: () => boolean;
  /** The limits shown now were set by another program: none of them is an original. To be asked once a snapshot. */
  readonly takeDistrust: () => boolean;
  readonly bus: Bus;
  readonly clock: Clock;
}

type ForeignSight = Extract<LimitSight, { readonly wire: number }>;

/** A client saves a torrent's limit within seconds; one that stayed up for so long has saved it, ms. */
const SAVED_AFTER_MS = 5 * 60_000;
/** A client that has started shows the limits that it started with by then, ms. */
const SHOWN_AFTER_MS = 10_000;

/**
 * Compares what a snapshot shows with what is known of each managed and each restored torrent: values of the user
 * become the originals, limits of ours that are back on restored torrents are managed again, and torrents that are
 * gone are noted as missing.
 */
export class Reconciler {
  readonly #parts: ReconcilerParts;
  /** Since when each restored torrent has shown its original limit in this run of the client, monotonic ms. */
  readonly #rightSince = new Map<TorrentKey, number>();
  /** Restored torrents for which this run of the client may have started with limits from before. */
  #mayReturn = new Set<TorrentKey>();
  readonly #news: HeldNews;
  #clientRun = -1;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
    this.#news = new HeldNews(parts.held);
  }

  /**
   * @param at when the snapshot arrived, monotonic ms
   * @returns what someone else did to limits of managed torrents
   * @throws JournalError, the signal's reason
   */
  async reconcile(at: number, signal: AbortSignal): Promise<readonly ForeignWrite[]> {
    if (this.#parts.isContested()) return [];
    const distrusts = this.#parts.takeDistrust();
    await this.#reviewRestored(at, signal);
    await this.#followRenamed(signal);
    const seen = this.#foreignSights(at);
    if (seen.length === 0) {
      this.#news.dealtWith();
      return [];
    }
    signal.throwIfAborted();
    // Before it is recorded, and in whole milliseconds, as the journal has it.
    const seenAt = Math.floor(this.#parts.clock.now());
    const users = distrusts ? [] : seen.filter(({ kind }) => kind === 'users');
    await this.#adopt(users, at);
    const others = distrusts ? seen : seen.filter(({ kind }) => kind !== 'users');
    this.#override(others, at);
    this.#news.dealtWith();
    return distrusts ? [] : seen.map((sight) => foreignWrite(sight, at, seenAt));
  }

  async #followRenamed(signal: AbortSignal): Promise<void> {
    const { picture } = this.#parts;
    const renamed = new Map<TorrentKey, TorrentKey>();
    for (const { key } of this.#news.maybeGone(picture.table)) {
      if (picture.has(key)) continue;
      const now = renamedKey(picture, key);
      if (now !== null) renamed.set(key, now);
    }
    if (renamed.size === 0) return;
    signal.throwIfAborted();
    await followRenamed(this.#parts, renamed);
  }

  #foreignSights(at: number): ForeignSight[] {
    const { picture, held, clock } = this.#parts;
    const seen: ForeignSight[] = [];
    for (const { key } of this.#news.of(picture.table)) {
      const uploadLimitBps = picture.table.uploadLimitOf(key);
      if (uploadLimitBps === undefined) {
        held.miss(key, at, clock.now());
        continue;
      }
      const sight = held.see({ key, uploadLimitBps }, at, picture.showsWritesUntil);
      // A copy, as what is held is changed in place.
      if ('wire' in sight) seen.push({ ...sight, held: { ...sight.held } });
    }
    return seen;
  }

  async #adopt(sights: readonly ForeignSight[], at: number): Promise<void> {
    if (sights.length === 0) return;
    const { held, journal, picture, bus, clock } = this.#parts;
    const now = clock.now();
    await journal.replaceOriginals(
      sights.map(({ held: { key }, wire }) => ({ key, originalWire: wire })),
      now,
    );
    for (const sight of sights) {
      const { key } = sight.held;
      held.adopt(key, sight.wire, at, picture.showsWritesUntil);
      bus.emit('limit:changed-by-user', {
        infoHash: infoHashOf(key),
        fromWire: lastSent(sight.held),
        toWire: sight.wire,
        at: now,
      });
    }
  }

  #override(sights: readonly ForeignSight[], at: number): void {
    if (sights.length === 0) return;
    const { held, bus, clock } = this.#parts;
    for (const { held: limit, wire } of sights) held.override(limit.key, wire, at);
    const infoHashes = sights.map(({ held: { key } }) => infoHashOf(key));
    bus.emit('limits:overwritten', { infoHashes, at: clock.now() });
  }

  /**
   * Restored torrents: one that shows a limit of ours again is managed again; one that is saved, or has the user's limit,
   * is forgotten. After a rollback of all, only a start of the client brings limits of ours back: without one they are
   * another controller's, whose values may well be the same, and are left alone until this one enforces again.
   */
  async #reviewRestored(at: number, signal: AbortSignal): Promise<void> {
    const { journal, held, picture, isRolledBack } = this.#parts;
    if (held.clientRun !== this.#clientRun) {
      this.#rightSince.clear();
      this.#mayReturn = new Set(journal.restored.keys());
      this.#clientRun = held.clientRun;
    }
    if (journal.restored.size === 0) return;
    const back: TorrentKey[] = [];
    const settled: TorrentKey[] = [];
    for (const record of journal.restored.values()) {
      const { key, originalWire } = record;
      const limitBps = picture.table.uploadLimitOf(key);
      if (limitBps === undefined) continue;
      const shown = exactToWire(limitBps);
      if (shown !== originalWire) {
        if (!isOurs(record, shown)) settled.push(key);
        else if (!isRolledBack() || this.#mayReturn.has(key)) back.push(key);
        continue;
      }
      const rightForMs = at - this.#firstRight(key, at);
      if (rightForMs >= SHOWN_AFTER_MS) this.#mayReturn.delete(key);
      if (rightForMs >= SAVED_AFTER_MS) settled.push(key);
    }
    if (back.length + settled.length === 0) return;
    signal.throwIfAborted();
    await reopen(journal, held, back, at);
    if (settled.length > 0) await journal.closeOriginals(settled);
    for (const key of [...back, ...settled]) this.#rightSince.delete(key);
  }

  #firstRight(key: TorrentKey, at: number): number {
    const since = this.#rightSince.get(key) ?? at;
    this.#rightSince.set(key, since);
    return since;
  }
}

/**
 * Manages restored torrents again, so that they are restored once more.
 * @param at monotonic ms
 * @throws JournalError
 */
export async function reopen(
  journal: Journal,
  held: HeldLimits,
  keys: readonly TorrentKey[],
  at: number,
): Promise<void> {
  if (keys.length === 0) return;
  await journal.reopenOriginals(keys);
  const records = keys.flatMap((key) => journal.originals.get(key) ?? []);
  held.takeOver(records, at);
}

/** Restored torrents that show a limit of Qguardarr's again. */
export function returnedLimits(journal: Pick<Journal, 'restored'>, picture: Picture): readonly TorrentKey[] {
  return [...journal.restored.values()]
    .filter((record) => {
      const limitBps = picture.table.uploadLimitOf(record.key);
      if (limitBps === undefined) return false;
      const shown = exactToWire(limitBps);
      return shown !== record.originalWire && isOurs(record, shown);
    })
    .map(({ key }) => key);
}

/** A limit of Qguardarr's that a client brought back. */
function isOurs({ lastWire, beforeLastWire }: RestoredRecord, shownWire: number): boolean {
  return hasMark(shownWire) || shownWire === lastWire || shownWire === beforeLastWire;
}

function foreignWrite({ kind, held }: ForeignSight, at: number, seenAt: number): ForeignWrite {
  return { key: held.key, isMarked: kind === 'marked', isRewrite: held.writtenSinceForeign, at, seenAt };
}
