/**
 * All torrents of one qBittorrent, kept up to date from its sync data.
 *
 * Modes: no picture yet (`rid` 0) -> a full picture, then deltas -> (reset, or a delta that doesn't fit) ->
 * the picture is kept, but `rid` is 0 and only a full one is taken.
 * Invariant: `apply` changes all that the data says, or nothing. Torrent objects never change: one that is the
 * same object as before is the same torrent in every field.
 */
import { type Torrent, type TorrentKey, torrentKey } from '../control/torrent.ts';
import { AnnounceIndex } from './announce-index.ts';
import type { MainData, ServerState, TorrentFields } from './codecs.ts';
import { UnexpectedAnswer } from './errors.ts';
import { isSameTorrent, mergeTorrent, missingField, type StoredTorrent } from './torrent-fields.ts';

export interface TableUpdate {
  /** The data replaced the whole picture. */
  readonly full: boolean;
  /** The data says that there are no torrents, which is not believed yet; nothing was changed. */
  readonly suspicious: boolean;
  readonly added: readonly TorrentKey[];
  readonly removed: readonly TorrentKey[];
  readonly changed: readonly TorrentKey[];
}

/** So many empty full pictures in a row are believed: a qBittorrent that is still starting shows none. */
export const EMPTY_CONFIRMATIONS = 3;

export class TorrentTable {
  readonly instance: string;
  readonly #announces = new AnnounceIndex();
  #torrents = new Map<TorrentKey, StoredTorrent>();
  #serverState: ServerState = {};
  #rid = 0;
  #hasPicture = false;
  #emptyInARow = 0;

  constructor(instance: string) {
    this.instance = instance;
  }

  /** To be sent with the next request; 0 asks for a full picture. */
  get rid(): number {
    return this.#rid;
  }

  get size(): number {
    return this.#torrents.size;
  }

  /** As last told; empty before the first picture. */
  get serverState(): ServerState {
    return this.#serverState;
  }

  get(key: TorrentKey): Torrent | undefined {
    return this.#torrents.get(key);
  }

  values(): IterableIterator<Torrent> {
    return this.#torrents.values();
  }

  /** Makes the next picture a full one. What is known stays until then. */
  reset(): void {
    this.#rid = 0;
  }

  /** @throws UnexpectedAnswer when the data doesn't fit; then only `rid` changes, to 0, so that a full picture heals it */
  apply(data: MainData): TableUpdate {
    const problem = this.#misfit(data);
    if (problem !== null) {
      this.#rid = 0;
      throw new UnexpectedAnswer('sync/maindata', 200, problem.expected, problem.got);
    }
    if (data.fullUpdate && !this.#isBelievable(data)) {
      this.#rid = 0;
      return { full: true, suspicious: true, added: [], removed: [], changed: [] };
    }
    this.#emptyInARow = 0;
    const update = data.fullUpdate ? this.#replaceAll(data) : this.#applyDelta(data);
    this.#rid = data.rid;
    return update;
  }

  #misfit(data: MainData): { readonly expected: string; readonly got: string } | null {
    if (!data.fullUpdate && this.#rid === 0) return { expected: 'a full picture', got: 'only what changed' };
    const removed = new Set(data.fullUpdate ? [] : data.torrentsRemoved);
    for (const [hash, fields] of data.torrents) {
      const known = !data.fullUpdate && !removed.has(hash) && this.#torrents.has(this.#keyOf(hash));
      const missing = known ? null : missingField(fields);
      if (missing !== null) return { expected: `${missing} of torrent ${hash}, new here`, got: 'none' };
    }
    return null;
  }

  /** No torrents at all are believed when there were none before, or when it is said often enough. */
  #isBelievable(data: MainData): boolean {
    if (data.torrents.size > 0 || (this.#hasPicture && this.#torrents.size === 0)) return true;
    this.#emptyInARow += 1;
    return this.#emptyInARow >= EMPTY_CONFIRMATIONS;
  }

  #replaceAll(data: MainData): TableUpdate {
    this.#announces.clear();
    this.#announces.update(data.trackers, []);
    const before = this.#torrents;
    const next = new Map<TorrentKey, StoredTorrent>();
    const added: TorrentKey[] = [];
    const changed: TorrentKey[] = [];
    for (const [hash, fields] of data.torrents) {
      const key = this.#keyOf(hash);
      const old = before.get(key);
      const fresh = this.#merge(hash, undefined, fields);
      const same = old !== undefined && isSameTorrent(old, fresh);
      next.set(key, same ? old : fresh);
      if (old === undefined) added.push(key);
      else if (!same) changed.push(key);
    }
    const removed = [...before.keys()].filter((key) => !next.has(key));
    this.#torrents = next;
    this.#serverState = data.serverState;
    this.#hasPicture = true;
    return { full: true, suspicious: false, added, removed, changed };
  }

  #applyDelta(data: MainData): TableUpdate {
    const removed = new Set<TorrentKey>();
    const added: TorrentKey[] = [];
    const changed: TorrentKey[] = [];
    for (const hash of data.torrentsRemoved) {
      const key = this.#keyOf(hash);
      if (this.#torrents.delete(key)) removed.add(key);
    }
    const touched = this.#announces.update(data.trackers, data.trackersRemoved);
    for (const hash of data.torrents.keys()) touched.add(hash);
    for (const hash of touched) {
      const key = this.#keyOf(hash);
      const old = this.#torrents.get(key);
      const fields = data.torrents.get(hash);
      // A tracker may name a torrent before the torrent itself is told.
      if (old === undefined && fields === undefined) continue;
      const fresh = this.#merge(hash, old, fields ?? {});
      if (old !== undefined && isSameTorrent(old, fresh)) continue;
      this.#torrents.set(key, fresh);
      // Removed and added again between two polls: for the outside it is the same torrent, changed.
      if (old !== undefined || removed.delete(key)) changed.push(key);
      else added.push(key);
    }
    this.#serverState = { ...this.#serverState, ...data.serverState };
    return { full: false, suspicious: false, added, removed: [...removed], changed };
  }

  #merge(hash: string, old: StoredTorrent | undefined, fields: TorrentFields): StoredTorrent {
    return mergeTorrent(this.instance, hash, old, fields, this.#announces.urlsOf(hash));
  }

  #keyOf(hash: string): TorrentKey {
    return torrentKey(this.instance, hash);
  }
}
