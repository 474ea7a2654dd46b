/**
 * What the journal's entries add up to, in memory.
 *
 * Invariant: the state is a function of the entries applied, in order. It is changed by `apply` only, and `apply`
 * is called only with entries that are durable; so the originals are never ahead of the disk, and replaying the
 * file after a crash gives the same state. Applying a checkpoint changes nothing that came before it but prunes.
 */
import type { TorrentKey } from '../control/torrent.ts';
import type { Entry, EntryOf } from './codecs.ts';
import { Originals } from './originals.ts';
import { unpackKeys } from './packed-keys.ts';
import type {
  ChangeRecord,
  ContestRecord,
  OriginalRecord,
  RestoredRecord,
  RollbackRecord,
} from './records.ts';

interface KeptChange {
  readonly entry: EntryOf<'change'>;
  readonly torrents: number;
  state: ChangeRecord['state'];
}

export class JournalState {
  readonly #originals = new Originals();
  readonly #accepted = new Map<TorrentKey, number>();
  readonly #changes = new Map<string, KeptChange>();
  readonly #rollbacks = new Map<string, RollbackRecord>();
  #contest: ContestRecord | null = null;
  #journal: string | null = null;
  #changedTorrents = 0;
  #lastId = '';

  get originals(): ReadonlyMap<TorrentKey, OriginalRecord> {
    return this.#originals.managed;
  }

  get restored(): ReadonlyMap<TorrentKey, RestoredRecord> {
    return this.#originals.restored;
  }

  /** Limits that the user has declared to be the torrents' own, wire form. */
  get accepted(): ReadonlyMap<TorrentKey, number> {
    return this.#accepted;
  }

  get contest(): ContestRecord | null {
    return this.#contest;
  }

  /** The journal's own name; null before it has one. */
  get journal(): string | null {
    return this.#journal;
  }

  /** By id, oldest first. */
  get changes(): ReadonlyMap<string, Readonly<KeptChange>> {
    return this.#changes;
  }

  /** Oldest first. */
  get rollbacks(): ReadonlyMap<string, RollbackRecord> {
    return this.#rollbacks;
  }

  /** Torrents in all kept changes together: what their memory goes by. */
  get changedTorrents(): number {
    return this.#changedTorrents;
  }

  /** The highest id ever applied, '' before the first. */
  get lastId(): string {
    return this.#lastId;
  }

  get openRollback(): RollbackRecord | null {
    let open: RollbackRecord | null = null;
    for (const rollback of this.#rollbacks.values())
      if (rollback.resumedAt === null && rollback.scope === undefined) open = rollback;
    return open;
  }

  get openPartRollbacks(): readonly RollbackRecord[] {
    return [...this.#rollbacks.values()].filter(
      ({ resumedAt, scope }) => resumedAt === null && scope !== undefined,
    );
  }

  /** Starts again from these entries alone, in any order. */
  replay(entries: Iterable<Entry>): void {
    this.#originals.clear();
    this.#changes.clear();
    this.#rollbacks.clear();
    this.#accepted.clear();
    this.#contest = null;
    this.#journal = null;
    this.#changedTorrents = 0;
    for (const entry of [...entries].sort((a, b) => (a._id < b._id ? -1 : 1))) this.apply(entry);
  }

  apply(entry: Entry): void {
    if (entry._id > this.#lastId) this.#lastId = entry._id;
    switch (entry.kind) {
      case 'original':
        for (const { wire, keys } of entry.limits) {
          this.#originals.open(keys, wire, entry.trackerId, entry.at);
        }
        return;
      case 'replaced':
        this.#originals.replace(entry.keys, entry.originalWire, entry.at);
        return;
      case 'reverted':
        this.#originals.revert(entry.keys, entry.since);
        return;
      case 'restored':
        this.#originals.restore(entry.keys, entry.at);
        return;
      case 'reopened':
        this.#originals.reopen(entry.keys);
        return;
      case 'closed':
        this.#originals.close(entry.keys);
        return;
      case 'accepted':
        this.#accept(entry.limits);
        return;
      case 'unaccepted':
        for (const key of unpackKeys(entry.keys)) this.#accepted.delete(key);
        return;
      case 'contest':
        this.#contest = entry.contest;
        return;
      case 'identity':
        this.#journal = entry.journal;
        return;
      case 'change':
        this.#keep(entry, this.#write(entry));
        return;
      case 'written':
        this.#write(entry);
        return;
      case 'outcome':
        this.settle(entry.done, 'done');
        this.settle(entry.failed, 'failed');
        return;
      case 'rollback':
        this.#rollbacks.set(entry.rollback.id, entry.rollback);
        return;
      case 'checkpoint':
        this.#restart(entry);
        return;
    }
  }

  /** Ids that aren't kept (any more) are passed over. */
  settle(ids: readonly string[], state: 'done' | 'failed'): void {
    for (const id of ids) {
      const change = this.#changes.get(id);
      if (change !== undefined) change.state = state;
    }
  }

  retainChanges(ids: ReadonlySet<string>): void {
    for (const [id, change] of this.#changes) {
      if (ids.has(id)) continue;
      this.#changes.delete(id);
      this.#changedTorrents -= change.torrents;
    }
  }

  /** Returns how many torrents the change names, under management or not. */
  #write(entry: EntryOf<'change' | 'written'>): number {
    let torrents = 0;
    for (const group of entry.from) {
      for (const key of unpackKeys(group.keys)) {
        torrents += 1;
        this.#originals.noteWrite(key, group.wire, entry.toWire);
      }
    }
    return torrents;
  }

  #keep(entry: EntryOf<'change'>, torrents: number): void {
    this.#changes.set(entry._id, { entry, torrents, state: 'intended' });
    this.#changedTorrents += torrents;
  }

  #restart(entry: EntryOf<'checkpoint'>): void {
    this.#originals.clear();
    this.#originals.load(entry.originals, entry.restored ?? []);
    this.#accepted.clear();
    this.#accept(entry.accepted ?? []);
    this.#contest = entry.contest ?? null;
    this.#journal = entry.journal ?? this.#journal;
    this.#rollbacks.clear();
    for (const rollback of entry.rollbacks) this.#rollbacks.set(rollback.id, rollback);
    for (const change of this.#changes.values()) change.state = 'done';
    for (const id of entry.intended) {
      const change = this.#changes.get(id);
      if (change !== undefined) change.state = 'intended';
    }
    this.settle(entry.failed, 'failed');
  }

  #accept(limits: EntryOf<'accepted'>['limits']): void {
    for (const { wire, keys } of limits) for (const key of unpackKeys(keys)) this.#accepted.set(key, wire);
  }
}
