/**
 * A journal as a log of entries: what is shared by the one on disk and the one in memory. Every operation makes
 * entries from the state, has them appended, and only then applies them to the state. Operations run one at a
 * time, in the order they were asked for.
 *
 * Entries pile up, so now and then the log is made short: a checkpoint is appended that says what they add up to,
 * and what came before it is dropped, but for the changes that are to be kept. `prune` does that, and so does the
 * journal by itself, behind the operation that made it due.
 */
import type { TorrentKey } from '../control/torrent.ts';
import type { TorrentScope } from '../control/torrent-scope.ts';
import type { Entry, EntryOf } from './codecs.ts';
import {
  checkEntries,
  checkpointEntry,
  closedEntry,
  intentEntries,
  nextId,
  outcomeEntry,
  replacedEntries,
  rollbackEntry,
} from './entries.ts';
import type { JournalError } from './errors.ts';
import type { JournalOptions } from './journal-options.ts';
import { JournalState } from './journal-state.ts';
import { pageOf } from './page.ts';
import type {
  IntendedChange,
  Journal,
  JournalItem,
  OriginalRecord,
  ReplacedOriginal,
  RollbackRecord,
} from './records.ts';
import { type Bounds, changesToKeep, rollbacksToKeep } from './retention.ts';

const DAY_MS = 86_400_000;

export abstract class LogJournal implements Journal {
  protected readonly state = new JournalState();
  protected readonly now: () => number;
  readonly #keepChangesMs: number;
  readonly #bounds: Bounds;
  readonly #trackAllChanges: boolean;
  #tail: Promise<unknown> = Promise.resolve();
  #entriesSinceCheckpoint = 0;
  #checkpointAsked = false;
  #rewriteDue = false;
  /** Outcomes wait here for the next append: alone they aren't worth one. */
  readonly #outcomes = new Map<string, 'done' | 'failed'>();

  constructor(options: JournalOptions) {
    this.#keepChangesMs = options.keepChangesMs ?? 30 * DAY_MS;
    this.#bounds = {
      maxChanges: options.maxChanges ?? 5000,
      maxChangedTorrents: options.maxChangedTorrents ?? 20_000,
    };
    this.#trackAllChanges = options.trackAllChanges ?? true;
    this.now = options.now ?? Date.now;
  }

  get originals(): ReadonlyMap<TorrentKey, OriginalRecord> {
    return this.state.originals;
  }

  get openRollback(): RollbackRecord | null {
    return this.state.openRollback;
  }

  get openPartRollbacks(): readonly RollbackRecord[] {
    return this.state.openPartRollbacks;
  }

  abstract get failure(): JournalError | null;

  /** Resolves when the log can be appended to, or throws why not. */
  protected abstract ready(): Promise<void>;
  /** Resolves when the entries are durable. On an error it is unknown how many of them are. */
  protected abstract append(entries: readonly Entry[]): Promise<void>;
  /**
   * Appends the checkpoint, then drops every entry before it but these. Whole at every moment in between.
   * `rewrite`: gives the space of what was dropped back to the disk, too.
   */
  protected abstract shorten(
    checkpoint: EntryOf<'checkpoint'>,
    keep: ReadonlySet<string>,
    rewrite: boolean,
  ): Promise<void>;
  protected abstract get oversized(): boolean;
  abstract close(): Promise<void>;

  recordIntent(changes: readonly IntendedChange[], at: number): Promise<string[]> {
    return this.exclusively(async () => {
      if (changes.length === 0) return [];
      await this.ready();
      const makeId = this.#idMaker();
      const { entries, ids } = intentEntries(this.state, changes, at, this.#trackAllChanges, makeId);
      await this.#commit([...entries, ...this.#waitingOutcomes(makeId)]);
      return [...ids];
    });
  }

  /** The proof is a checkpoint, which is as large as all that it stands for: a disk with less room is still full. */
  recover(): Promise<void> {
    return this.exclusively(async () => {
      if (this.failure === null) return;
      await this.ready();
      await this.#checkpoint(this.now() - this.#keepChangesMs, false);
    });
  }

  recordOutcome(ids: readonly string[], state: 'done' | 'failed'): Promise<void> {
    return this.exclusively(async () => {
      for (const id of ids) if (this.state.changes.has(id)) this.#outcomes.set(id, state);
      this.state.settle(ids, state);
    });
  }

  replaceOriginals(changes: readonly ReplacedOriginal[], at: number): Promise<void> {
    return this.exclusively(async () => {
      await this.ready();
      const managed = changes.filter(({ key }) => this.state.originals.has(key));
      if (managed.length > 0) await this.#commit(replacedEntries(managed, at, this.#idMaker()));
    });
  }

  /**
   * Takes over what another program kept: all of it or, when it fails, nothing, since it is one entry. A torrent that
   * is under management already keeps its original. Returns how many were taken over. Fsynced.
   */
  adoptOriginals(records: readonly OriginalRecord[]): Promise<number> {
    return this.exclusively(async () => {
      await this.ready();
      const added = new Map(records.map((record) => [record.key, record]));
      for (const key of this.state.originals.keys()) added.delete(key);
      if (added.size > 0)
        await this.#checkpoint(this.now() - this.#keepChangesMs, false, [...added.values()]);
      return added.size;
    });
  }

  closeOriginals(keys: readonly TorrentKey[]): Promise<void> {
    return this.exclusively(async () => {
      await this.ready();
      const managed = keys.filter((key) => this.state.originals.has(key));
      if (managed.length > 0) await this.#commit([closedEntry(this.#idMaker()(), managed)]);
    });
  }

  beginRollback(by: string, reason: string, at: number, scope?: TorrentScope): Promise<string> {
    return this.exclusively(async () => {
      await this.ready();
      const makeId = this.#idMaker();
      const id = makeId();
      const part = scope === undefined ? {} : { scope };
      const none = { finishedAt: null, restored: 0, failed: 0, resumedAt: null };
      await this.#commit([rollbackEntry(makeId(), { id, requestedAt: at, by, reason, ...part, ...none })]);
      return id;
    });
  }

  /** Throws RangeError for an id that beginRollback never returned. */
  finishRollback(id: string, restored: number, failed: number, at: number): Promise<void> {
    return this.exclusively(async () => {
      await this.ready();
      const rollback = this.state.rollbacks.get(id);
      if (rollback === undefined) throw new RangeError(`no rollback has the id '${id}'`);
      await this.#commit([
        rollbackEntry(this.#idMaker()(), { ...rollback, finishedAt: at, restored, failed }),
      ]);
    });
  }

  /** An unfinished rollback ends with it. */
  resume(at: number): Promise<void> {
    return this.exclusively(async () => {
      await this.ready();
      const makeId = this.#idMaker();
      const open = [...this.state.rollbacks.values()].filter(({ resumedAt }) => resumedAt === null);
      const ended = open.map((one) => ({ ...one, finishedAt: one.finishedAt ?? at, resumedAt: at }));
      if (ended.length > 0) await this.#commit(ended.map((one) => rollbackEntry(makeId(), one)));
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
      if (this.#hasWasteSince(before)) await this.#checkpoint(before, true);
    });
  }

  /** Runs a task when all asked for before it has ended. */
  protected exclusively<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task);
    this.#tail = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  /** Starts over from what is durable; outcomes that aren't yet still count. */
  protected replay(entries: Iterable<Entry>): void {
    this.state.replay(entries);
    for (const [id, state] of this.#outcomes) this.state.settle([id], state);
  }

  protected async flushOutcomes(): Promise<void> {
    const entries = this.#waitingOutcomes(this.#idMaker());
    if (entries.length > 0) await this.#commit(entries);
  }

  protected newCheckpoint(before: number, added: readonly OriginalRecord[] = []): EntryOf<'checkpoint'> {
    const originals = [...this.state.originals.values(), ...added];
    return checkpointEntry(this.#idMaker()(), this.state, originals, rollbacksToKeep(this.state, before));
  }

  async #commit(entries: readonly Entry[]): Promise<void> {
    checkEntries(entries);
    await this.append(entries);
    for (const entry of entries) {
      this.state.apply(entry);
      if (entry.kind !== 'outcome') continue;
      for (const id of [...entry.done, ...entry.failed]) this.#outcomes.delete(id);
    }
    this.#entriesSinceCheckpoint += entries.length;
    if (this.#checkpointDue() && !this.#checkpointAsked) this.#checkpointBehind();
  }

  /** Its failure isn't lost: the journal is then in its failed state, which the next operation reports. */
  #checkpointBehind(): void {
    this.#checkpointAsked = true;
    const shortened = this.exclusively(async () => {
      this.#checkpointAsked = false;
      await this.ready();
      await this.#checkpoint(this.now() - this.#keepChangesMs, false);
    });
    shortened.catch(() => undefined);
  }

  #checkpointDue(): boolean {
    const { maxChanges, maxChangedTorrents } = this.#bounds;
    return (
      this.#entriesSinceCheckpoint > Math.max(64, maxChanges / 4) ||
      this.state.changedTorrents > maxChangedTorrents * 2 ||
      this.oversized
    );
  }

  /** @param added originals that come in with it */
  async #checkpoint(before: number, rewrite: boolean, added: readonly OriginalRecord[] = []): Promise<void> {
    const keep = changesToKeep(this.state, before, this.#bounds);
    const checkpoint = this.newCheckpoint(before, added);
    checkEntries([checkpoint]);
    await this.shorten(checkpoint, keep, rewrite);
    this.state.apply(checkpoint);
    this.state.retainChanges(keep);
    this.#outcomes.clear();
    this.#entriesSinceCheckpoint = 0;
    this.#rewriteDue = !rewrite;
  }

  /** An idle service prunes again and again: its disk may sleep. */
  #hasWasteSince(before: number): boolean {
    return (
      this.#rewriteDue ||
      this.#entriesSinceCheckpoint > 0 ||
      this.#outcomes.size > 0 ||
      changesToKeep(this.state, before, this.#bounds).size < this.state.changes.size ||
      rollbacksToKeep(this.state, before).length < this.state.rollbacks.size
    );
  }

  #waitingOutcomes(makeId: () => string): Entry[] {
    if (this.#outcomes.size === 0) return [];
    const ids = (wanted: 'done' | 'failed') =>
      [...this.#outcomes].filter(([, state]) => state === wanted).map(([id]) => id);
    return [outcomeEntry(makeId(), ids('done'), ids('failed'))];
  }

  #idMaker(): () => string {
    let last = this.state.lastId;
    return () => {
      last = nextId(last, this.now());
      return last;
    };
  }
}
