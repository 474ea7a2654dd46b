import { groupBy } from '../control/group-by.ts';
import { infoHashOf, type TorrentKey } from '../control/torrent.ts';
import type { Journal } from '../journal/records.ts';
import type { QbittorrentClient } from '../qbittorrent/client.ts';
import type { CallQueue } from '../queue/call-queue.ts';
import type { Clock } from './clock.ts';
import type { HeldLimits } from './held-limits.ts';
import { shownWire } from './held-limits.ts';
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

export interface RestoreResult {
  readonly restored: number;
  /** Held, but not in qBittorrent now. Their originals stay in the journal. */
  readonly missing: readonly TorrentKey[];
  /** In qBittorrent, but still without their own limit after all attempts. */
  readonly unrestored: readonly TorrentKey[];
}

const ATTEMPTS = 3;
/** The sync data may be one refresh behind a write. */
const SHOWS_WITHIN_MS = 2_000;

/**
 * Rollback: every held torrent gets its own limit back, and only what qBittorrent then shows counts as
 * restored. Can be ended and begun anew at any point: what is restored has left the journal, the rest has not.
 */
export class Restorer {
  readonly #parts: RestorerParts;

  constructor(parts: RestorerParts) {
    this.#parts = parts;
  }

  /** @param only restricts it to these torrents; null: all */
  async restore(only: ReadonlySet<TorrentKey> | null, signal: AbortSignal): Promise<RestoreResult> {
    const { held, picture } = this.#parts;
    const all = [...held.values()].map((limit) => limit.key).filter((key) => only === null || only.has(key));
    if (all.length === 0) return { restored: 0, missing: [], unrestored: [] };
    await picture.refresh('rollback', true, signal);
    const missing = all.filter((key) => picture.get(key) === undefined);
    let waiting = all.filter((key) => picture.get(key) !== undefined);
    const present = waiting.length;
    await this.#adoptHandMade(waiting);
    for (let attempt = 0; attempt < ATTEMPTS && waiting.length > 0; attempt += 1) {
      await this.#write(
        waiting.filter((key) => !this.#hasItsOwn(key)),
        signal,
      );
      const left = await this.#unconfirmed(waiting, signal);
      await this.#close(waiting.filter((key) => !left.includes(key)));
      waiting = left;
    }
    return { restored: present - waiting.length, missing, unrestored: waiting };
  }

  #hasItsOwn(key: TorrentKey): boolean {
    const torrent = this.#parts.picture.get(key);
    return torrent === undefined || shownWire(torrent) === this.#parts.held.get(key)?.ownWire;
  }

  /** A limit that the user set since the last look is his, not ours to overwrite. */
  async #adoptHandMade(keys: readonly TorrentKey[]): Promise<void> {
    const { held, journal, picture, clock } = this.#parts;
    for (const key of keys) {
      const torrent = picture.get(key);
      const sight = torrent === undefined ? null : held.see(torrent, clock.monotonic());
      if (sight?.kind !== 'users') continue;
      const { wire } = sight;
      await this.#note(() => journal.replaceOriginal(key, wire, clock.now()));
      held.adopt(key, wire, clock.monotonic());
    }
  }

  async #write(keys: readonly TorrentKey[], signal: AbortSignal): Promise<void> {
    const { held, client, queue } = this.#parts;
    for (const [wire, group] of groupBy(keys, (key) => held.get(key)?.ownWire ?? 0)) {
      await queue.run(
        'rollback',
        (inner) => client().restoreUploadLimit(group.map(infoHashOf), wire, inner),
        signal,
      );
      signal.throwIfAborted();
    }
  }

  async #unconfirmed(keys: readonly TorrentKey[], signal: AbortSignal): Promise<TorrentKey[]> {
    const { picture, clock } = this.#parts;
    const until = clock.monotonic() + SHOWS_WITHIN_MS;
    for (;;) {
      await picture.refresh('rollback', false, signal);
      const left = keys.filter((key) => !this.#hasItsOwn(key));
      if (left.length === 0 || clock.monotonic() >= until) return left;
      await clock.sleep(250, signal);
    }
  }

  async #close(keys: readonly TorrentKey[]): Promise<void> {
    if (keys.length === 0) return;
    for (const key of keys) this.#parts.held.release(key);
    await this.#note(() => this.#parts.journal.closeOriginals(keys));
  }

  /** A full disk must not keep anyone from getting his limits back: the journal is told, not obeyed. */
  async #note(record: () => Promise<void>): Promise<void> {
    try {
      await record();
    } catch (error) {
      this.#parts.onJournalProblem(error);
    }
  }
}
