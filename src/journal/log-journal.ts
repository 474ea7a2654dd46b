import { randomUUID } from 'node:crypto';
import type { TorrentKey } from '../control/torrent.ts';
import type { TorrentScope } from '../control/torrent-scope.ts';
import type { Entry } from './codecs.ts';
import {
  acceptedEntry,
  closedEntry,
  contestEntry,
  identityEntry,
  intentEntries,
  reopenedEntry,
  replacedEntries,
  restoredEntry,
  revertedEntry,
  rollbackEntry,
  unacceptedEntry,
} from './entries.ts';
import { EntryLog } from './entry-log.ts';
import type { JournalOptions } from './journal-options.ts';
import { pageOf } from './page.ts';
import type {
  AcceptedLimit,
  ContestRecord,
  IntendedChange,
  Journal,
  JournalItem,
  OriginalRecord,
  ReplacedOriginal,
  RestoredRecord,
  RollbackRecord,
} from './records.ts';

/** The journal's operations: each makes entries from the state and commits them. */
export abstract class LogJournal extends EntryLog implements Journal {
  readonly #trackAllChanges: boolean;

  constructor(options: JournalOptions) {
    super(options);
    this.#trackAllChanges = options.trackAllChanges ?? true;
  }

  get originals(): ReadonlyMap<TorrentKey, OriginalRecord> {
    return this.state.originals;
  }

  get restored(): ReadonlyMap<TorrentKey, RestoredRecord> {
    return this.state.restored;
  }

  get accepted(): ReadonlyMap<TorrentKey, number> {
    return this.state.accepted;
  }

  get isEmpty(): boolean {
    const { originals, restored, accepted, changes, rollbacks } = this.state;
    return [originals, restored, accepted, changes, rollbacks].every(({ size }) => size === 0);
  }

  get name(): string | null {
    return this.state.journal;
  }

  get contest(): ContestRecord | null {
    return this.state.contest;
  }

  get openRollback(): RollbackRecord | null {
    return this.state.openRollback;
  }

  get openPartRollbacks(): readonly RollbackRecord[] {
    return this.state.openPartRollbacks;
  }

  recordIntent(changes: readonly IntendedChange[], at: number): Promise<string[]> {
    return this.exclusively(async () => {
      if (changes.length === 0) return [];
      await this.ready();
      const makeId = this.idMaker();
      const { entries, ids } = intentEntries(this.state, changes, at, this.#trackAllChanges, makeId);
      await this.commit([...entries, ...this.waitingOutcomes(makeId)]);
      return [...ids];
    });
  }

  /** The proof is a checkpoint, which is as large as all that it stands for: a disk with less room is still full. */
  recover(): Promise<void> {
    return this.exclusively(async () => {
      if (this.failure === null) return;
      await this.ready();
      await this.checkpoint(this.keepChangesSince(), false);
    });
  }

  recordOutcome(ids: readonly string[], state: 'done' | 'failed'): Promise<void> {
    return this.exclusively(async () => {
      this.noteOutcomes(ids, state);
    });
  }

  replaceOriginals(changes: readonly ReplacedOriginal[], at: number): Promise<void> {
    return this.exclusively(async () => {
      await this.ready();
      const managed = changes.filter(({ key }) => this.state.originals.has(key));
      if (managed.length > 0) await this.commit(replacedEntries(managed, at, this.idMaker()));
    });
  }

  /** All of them or none, since it is one entry. */
  adoptOriginals(records: readonly OriginalRecord[]): Promise<number> {
    return this.exclusively(async () => {
      await this.ready();
      const added = new Map(records.map((record) => [record.key, record]));
      for (const key of this.state.originals.keys()) added.delete(key);
      if (added.size > 0) await this.checkpoint(this.keepChangesSince(), false, [...added.values()]);
      return added.size;
    });
  }

  revertOriginals(keys: readonly TorrentKey[], since: number): Promise<void> {
    return this.#commitFor(keys, this.state.originals, (id, own) => revertedEntry(id, own, since));
  }

  recordRestored(keys: readonly TorrentKey[], at: number): Promise<void> {
    return this.#commitFor(keys, this.state.originals, (id, own) => restoredEntry(id, own, at));
  }

  reopenOriginals(keys: readonly TorrentKey[]): Promise<void> {
    return this.#commitFor(keys, this.state.restored, reopenedEntry);
  }

  closeOriginals(keys: readonly TorrentKey[]): Promise<void> {
    const { originals, restored } = this.state;
    return this.#commitFor(keys, { has: (key) => originals.has(key) || restored.has(key) }, closedEntry);
  }

  acceptLimits(limits: readonly AcceptedLimit[], at: number): Promise<void> {
    return this.exclusively(async () => {
      await this.ready();
      if (limits.length > 0) await this.commit([acceptedEntry(this.idMaker()(), limits, at)]);
    });
  }

  forgetAccepted(keys: readonly TorrentKey[]): Promise<void> {
    return this.#commitFor(keys, this.state.accepted, unacceptedEntry);
  }

  recordContest(contest: ContestRecord | null): Promise<void> {
    return this.exclusively(async () => {
      await this.ready();
      if (contest === null && this.state.contest === null) return;
      await this.commit([contestEntry(this.idMaker()(), contest)]);
    });
  }

  identify(): Promise<string> {
    return this.exclusively(async () => {
      if (this.state.journal !== null) return this.state.journal;
      await this.ready();
      const journal = this.state.journal ?? randomUUID();
      if (this.state.journal === null) await this.commit([identityEntry(this.idMaker()(), journal)]);
      return journal;
    });
  }

  beginRollback(
    by: string,
    reason: string,
    at: number,
    scope?: TorrentScope,
    originals?: RollbackRecord['originals'],
  ): Promise<string> {
    return this.exclusively(async () => {
      await this.ready();
      const makeId = this.idMaker();
      const id = makeId();
      const rollback = {
        id,
        requestedAt: at,
        by,
        reason,
        ...(scope === undefined ? {} : { scope }),
        ...(originals === undefined ? {} : { originals }),
        finishedAt: null,
        restored: 0,
        failed: 0,
        resumedAt: null,
      };
      await this.commit([rollbackEntry(makeId(), rollback)]);
      return id;
    });
  }

  /** Throws RangeError for an id that beginRollback never returned. */
  finishRollback(id: string, restored: number, failed: number, at: number): Promise<void> {
    return this.exclusively(async () => {
      await this.ready();
      const rollback = this.state.rollbacks.get(id);
      if (rollback === undefined) throw new RangeError(`no rollback has the id '${id}'`);
      await this.commit([rollbackEntry(this.idMaker()(), { ...rollback, finishedAt: at, restored, failed })]);
    });
  }

  /** An unfinished rollback ends with it. */
  resume(at: number): Promise<void> {
    return this.exclusively(async () => {
      await this.ready();
      const makeId = this.idMaker();
      const open = [...this.state.rollbacks.values()].filter(({ resumedAt }) => resumedAt === null);
      const ended = open.map((one) => ({ ...one, finishedAt: one.finishedAt ?? at, resumedAt: at }));
      if (ended.length > 0) await this.commit(ended.map((one) => rollbackEntry(makeId(), one)));
    });
  }

  /** @param limit 0..500, more counts as 500 */
  async page(
    kind: 'original' | 'change' | 'rollback',
    offset: number,
    limit: number,
    isWanted?: (item: JournalItem) => boolean,
  ) {
    return pageOf(this.state, kind, offset, limit, isWanted);
  }

  prune(before: number): Promise<void> {
    return this.exclusively(async () => {
      await this.ready();
      if (this.hasWasteSince(before)) await this.checkpoint(before, true);
    });
  }

  /** One entry for those of the keys that are in `known`; none where no key is. */
  #commitFor(
    keys: readonly TorrentKey[],
    known: { has(key: TorrentKey): boolean },
    entryOf: (id: string, keys: readonly TorrentKey[]) => Entry,
  ): Promise<void> {
    return this.exclusively(async () => {
      await this.ready();
      const own = keys.filter((key) => known.has(key));
      if (own.length > 0) await this.commit([entryOf(this.idMaker()(), own)]);
    });
  }
}
