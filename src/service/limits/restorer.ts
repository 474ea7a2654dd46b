import { groupBy } from '../../control/group-by.ts';
import { infoHashOf, type TorrentKey } from '../../control/torrent.ts';
import type { Journal, ReplacedOriginal } from '../../journal/records.ts';
import type { QbittorrentClient } from '../../qbittorrent/client.ts';
import type { CallQueue } from '../../queue/call-queue.ts';
import type { Clock } from '../clock.ts';
import { lastSent, shownWire } from './held-limit.ts';
import type { HeldLimits } from './held-limits.ts';
import type { Picture } from './picture.ts';

export interface RestorerParts {
  readonly picture: Picture;
  readonly client: () => QbittorrentClient;
  readonly queue: CallQueue;
  readonly journal: Journal;
  readonly held: HeldLimits;
  readonly clock: Clock;
  readonly onJournalProblem: (error: unknown) => void;
}

/** What the journal says of the changes. */
export interface RestoreCause {
  readonly reason: 'rollback' | 'limits reset' | 'shutdown';
  /** The last that applied a plan; 0 without one. */
  readonly cycle: number;
}

export interface RestoreResult {
  readonly restored: number;
  /** Held, but not in qBittorrent now. Their originals stay in the journal. */
  readonly missing: readonly TorrentKey[];
  /** In qBittorrent, but still without their own limit after all attempts. */
  readonly unrestored: readonly TorrentKey[];
}

const ATTEMPTS = 3;
const LOOK_AGAIN_MS = 250;

/**
 * Rollback: every held torrent gets its own limit back, and only what qBittorrent then shows counts as
 * restored. Can be ended and begun anew at any point: what is restored has left the journal, the rest has not.
 *
 * Invariant: a torrent leaves the journal only when a picture taken a whole refresh after the last write shows
 * its own limit. One taken sooner may be from before a limit of Qguardarr's that is yet to show.
 */
export class Restorer {
  readonly #parts: RestorerParts;

  constructor(parts: RestorerParts) {
    this.#parts = parts;
  }

  /**
   * @param only restricts it to these torrents; null: all
   * @throws QbittorrentError, QueueStopped, the signal's reason
   */
  async restore(
    only: ReadonlySet<TorrentKey> | null,
    cause: RestoreCause,
    signal: AbortSignal,
  ): Promise<RestoreResult> {
    const { held, picture } = this.#parts;
    let left = [...held.values()].map((limit) => limit.key).filter((key) => only === null || only.has(key));
    if (left.length === 0) return { restored: 0, missing: [], unrestored: [] };
    const all = left.length;
    await picture.refresh('rollback', true, signal);
    for (let attempt = 0; attempt < ATTEMPTS && left.some((key) => this.#isPresent(key)); attempt += 1) {
      // What the user set since the last look, before the rollback or during it, is the original to keep.
      await this.#adoptChanges(left, signal);
      // All of them at first, whatever they show: a limit may have been sent that doesn't show yet.
      const isDue = (key: TorrentKey) => this.#isPresent(key) && (attempt === 0 || !this.#hasItsOwn(key));
      await this.#write(left.filter(isDue), cause, signal);
      await this.#untilShown(left, signal);
      await this.#adoptChanges(left, signal);
      await this.#close(left.filter((key) => this.#hasItsOwn(key)));
      left = left.filter((key) => held.get(key) !== undefined);
    }
    const missing = left.filter((key) => !this.#isPresent(key));
    const unrestored = left.filter((key) => this.#isPresent(key));
    return { restored: all - left.length, missing, unrestored };
  }

  #isPresent(key: TorrentKey): boolean {
    return this.#parts.picture.has(key);
  }

  #hasItsOwn(key: TorrentKey): boolean {
    const torrent = this.#parts.picture.get(key);
    return torrent !== undefined && shownWire(torrent) === this.#parts.held.get(key)?.ownWire;
  }

  /** A limit that the user set since the last look is theirs, not ours to overwrite. */
  async #adoptChanges(keys: readonly TorrentKey[], signal: AbortSignal): Promise<void> {
    const { held, journal, picture, clock } = this.#parts;
    const byHand: ReplacedOriginal[] = [];
    for (const key of keys) {
      const torrent = picture.get(key);
      const sight =
        torrent === undefined ? null : held.see(torrent, clock.monotonic(), picture.showsWritesUntil);
      if (sight?.kind === 'users') byHand.push({ key, originalWire: sight.wire });
    }
    if (byHand.length === 0) return;
    signal.throwIfAborted();
    await this.#note(() => journal.replaceOriginals(byHand, clock.now()));
    for (const { key, originalWire } of byHand) {
      held.adopt(key, originalWire, clock.monotonic(), picture.showsWritesUntil);
    }
  }

  async #write(keys: readonly TorrentKey[], cause: RestoreCause, signal: AbortSignal): Promise<void> {
    const { held, client, queue, journal } = this.#parts;
    const byLimit = groupBy(keys, (key) => held.get(key)?.ownWire ?? 0);
    const changes = await this.#intend(byLimit, cause);
    for (const [wire, group] of byLimit) {
      await queue.run(
        'rollback',
        (inner) => client().restoreUploadLimit(group.map(infoHashOf), wire, inner),
        signal,
      );
      await this.#note(() => journal.recordOutcome(changes.get(wire) ?? [], 'done'));
      signal.throwIfAborted();
    }
  }

  /** One change for each limit and tracker. Returns the changes of each limit; none where the journal doesn't take them. */
  async #intend(
    byLimit: ReadonlyMap<number, readonly TorrentKey[]>,
    { cycle, reason }: RestoreCause,
  ): Promise<ReadonlyMap<number, string[]>> {
    const { held, journal, clock } = this.#parts;
    const changes = [...byLimit].flatMap(([toWire, keys]) =>
      [...groupBy(keys, (key) => held.get(key)?.trackerId ?? null)].map(([trackerId, group]) => ({
        cycle,
        trackerId,
        reason,
        toWire,
        torrents: group.flatMap((key) => {
          const limit = held.get(key);
          // One that the journal doesn't have would be taken for new, and our limit for its original.
          return limit && journal.originals.has(key) ? [{ key, fromWire: lastSent(limit) }] : [];
        }),
      })),
    );
    const ids = new Map<number, string[]>();
    await this.#note(async () => {
      for (const [index, id] of (await journal.recordIntent(changes, clock.now())).entries()) {
        const toWire = changes[index]?.toWire ?? 0;
        ids.set(toWire, [...(ids.get(toWire) ?? []), id]);
      }
    });
    return ids;
  }

  /** Returns once a picture must show what was just written; a little later if it doesn't. */
  async #untilShown(keys: readonly TorrentKey[], signal: AbortSignal): Promise<void> {
    const { picture, clock } = this.#parts;
    const shownAt = clock.monotonic() + picture.showsWithinMs;
    await clock.sleep(picture.showsWithinMs, signal);
    for (;;) {
      await picture.refresh('rollback', false, signal);
      const waiting = keys.some((key) => this.#isPresent(key) && !this.#hasItsOwn(key));
      if (!waiting || clock.monotonic() >= shownAt + picture.showsWithinMs) return;
      await clock.sleep(LOOK_AGAIN_MS, signal);
    }
  }

  async #close(keys: readonly TorrentKey[]): Promise<void> {
    if (keys.length === 0) return;
    for (const key of keys) this.#parts.held.release(key);
    const { journal, clock } = this.#parts;
    await this.#note(() => journal.recordRestored(keys, clock.now()));
  }

  /** A rollback must be possible with a full disk, too: what the journal does not take is reported. */
  async #note(record: () => Promise<void>): Promise<void> {
    try {
      await record();
    } catch (error) {
      this.#parts.onJournalProblem(error);
    }
  }
}
