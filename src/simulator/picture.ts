import { type FieldValue, VersionedFields } from './versioned-fields.ts';

type Fields = Readonly<Record<string, FieldValue>>;

/** One answer of `sync/maindata` but for its rid; parts without a change are left out. */
export interface SyncAnswer {
  full_update?: true;
  torrents?: Record<string, Fields>;
  torrents_removed?: string[];
  trackers?: Record<string, readonly string[]>;
  trackers_removed?: string[];
  categories?: Record<string, { readonly name: string; readonly savePath: string }>;
  tags?: string[];
  server_state?: Fields;
}

interface TrackerEntry {
  readonly hashes: Set<string>;
  changedAt: number;
}

/**
 * What the API shows, as of the last refresh, with the revision at which each part last changed.
 *
 * Invariant: a client that knows revision R and applies `since(R)` holds the same as one that takes `full()`.
 */
export class Picture {
  #revision = 1;
  readonly #torrents = new Map<string, VersionedFields>();
  readonly #removedTorrents = new Map<string, number>();
  readonly #trackers = new Map<string, TrackerEntry>();
  readonly #removedTrackers = new Map<string, number>();
  readonly #categories = new Map<string, number>();
  readonly #tags = new Map<string, number>();
  readonly #serverState: VersionedFields;

  constructor(serverState: Record<string, FieldValue>) {
    this.#serverState = new VersionedFields(serverState, this.#revision);
  }

  /** Every change counts it up, so that it is news to whoever was answered before. */
  get revision(): number {
    return this.#revision;
  }

  addTorrent(
    hash: string,
    fields: Record<string, FieldValue>,
    announceUrls: readonly string[],
    category: string,
    tags: readonly string[],
  ): void {
    this.#revision += 1;
    this.#torrents.set(hash, new VersionedFields(fields, this.#revision));
    this.#removedTorrents.delete(hash);
    if (category !== '' && !this.#categories.has(category)) this.#categories.set(category, this.#revision);
    for (const tag of tags) if (!this.#tags.has(tag)) this.#tags.set(tag, this.#revision);
    this.#addTrackers(hash, announceUrls);
  }

  removeTorrent(hash: string, announceUrls: readonly string[]): void {
    this.#revision += 1;
    this.#torrents.delete(hash);
    this.#removedTorrents.set(hash, this.#revision);
    this.#removeTrackers(hash, announceUrls);
  }

  /** The user edits a torrent's trackers. */
  setTrackers(hash: string, before: readonly string[], announceUrls: readonly string[]): void {
    this.#revision += 1;
    this.#removeTrackers(hash, before);
    this.#addTrackers(hash, announceUrls);
    const tracker = announceUrls[0] ?? '';
    this.#torrents.get(hash)?.set({ tracker, trackers_count: announceUrls.length }, this.#revision);
  }

  /** Shows new values, all at once; what equals the old value is no change. */
  update(torrents: Iterable<readonly [hash: string, changes: Fields]>, serverState: Fields): void {
    this.#revision += 1;
    for (const [hash, changes] of torrents) this.#torrents.get(hash)?.set(changes, this.#revision);
    this.#serverState.set(serverState, this.#revision);
  }

  /** The fields of one torrent as shown, or undefined when there is no such torrent. */
  torrent(hash: string): Fields | undefined {
    return this.#torrents.get(hash)?.values;
  }

  get serverState(): Fields {
    return this.#serverState.values;
  }

  full(): SyncAnswer {
    return {
      full_update: true,
      categories: this.#categoriesSince(0),
      server_state: this.#serverState.values,
      tags: changedAfter(this.#tags, 0),
      torrents: Object.fromEntries([...this.#torrents].map(([hash, fields]) => [hash, fields.values])),
      trackers: this.#trackersSince(0),
    };
  }

  /** What changed after `revision`. Looks at each torrent's revision once: under 1 ms for 30,000. */
  since(revision: number): SyncAnswer {
    const answer: SyncAnswer = {};
    if (revision === this.#revision) return answer;
    const torrents: Record<string, Fields> = {};
    for (const [hash, fields] of this.#torrents) {
      const changed = fields.since(revision);
      if (changed !== null) torrents[hash] = changed;
    }
    const trackers = this.#trackersSince(revision);
    const categories = this.#categoriesSince(revision);
    const tags = changedAfter(this.#tags, revision);
    const torrentsRemoved = changedAfter(this.#removedTorrents, revision);
    const trackersRemoved = changedAfter(this.#removedTrackers, revision);
    const serverState = this.#serverState.since(revision);
    if (Object.keys(torrents).length > 0) answer.torrents = torrents;
    if (torrentsRemoved.length > 0) answer.torrents_removed = torrentsRemoved;
    if (Object.keys(trackers).length > 0) answer.trackers = trackers;
    if (trackersRemoved.length > 0) answer.trackers_removed = trackersRemoved;
    if (Object.keys(categories).length > 0) answer.categories = categories;
    if (tags.length > 0) answer.tags = tags;
    if (serverState !== null) answer.server_state = serverState;
    return answer;
  }

  #addTrackers(hash: string, announceUrls: readonly string[]): void {
    for (const url of announceUrls) {
      const entry = this.#trackers.get(url) ?? { hashes: new Set(), changedAt: 0 };
      entry.hashes.add(hash);
      entry.changedAt = this.#revision;
      this.#trackers.set(url, entry);
      this.#removedTrackers.delete(url);
    }
  }

  #removeTrackers(hash: string, announceUrls: readonly string[]): void {
    for (const url of announceUrls) {
      const entry = this.#trackers.get(url);
      if (entry === undefined) continue;
      entry.hashes.delete(hash);
      entry.changedAt = this.#revision;
      if (entry.hashes.size > 0) continue;
      this.#trackers.delete(url);
      this.#removedTrackers.set(url, this.#revision);
    }
  }

  #trackersSince(revision: number): Record<string, readonly string[]> {
    const trackers: Record<string, readonly string[]> = {};
    for (const [url, entry] of this.#trackers) {
      if (entry.changedAt > revision) trackers[url] = [...entry.hashes];
    }
    return trackers;
  }

  #categoriesSince(revision: number): Record<string, { readonly name: string; readonly savePath: string }> {
    return Object.fromEntries(
      changedAfter(this.#categories, revision).map((name) => [name, { name, savePath: '' }]),
    );
  }
}

function changedAfter(changes: ReadonlyMap<string, number>, revision: number): string[] {
  return [...changes].filter(([, changedAt]) => changedAt > revision).map(([key]) => key);
}
