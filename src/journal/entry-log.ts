/**
 * A journal as a log of entries: what is shared by the one on disk and the one in memory. Every operation makes
 * entries from the state, has them appended, and only then applies them to the state. Operations run one at a
 * time, in the order they were asked for.
 *
 * Entries pile up, so now and then the log is made short: a checkpoint is appended that says what they add up to,
 * and what came before it is dropped, but for the changes that are to be kept. `prune` does that, and so does the
 * journal by itself, behind the operation that made it due.
 */
import type { Entry, EntryOf } from './codecs.ts';
import { checkEntries, checkpointEntry, nextId, outcomeEntry } from './entries.ts';
import type { JournalError } from './errors.ts';
import type { JournalOptions } from './journal-options.ts';
import { JournalState } from './journal-state.ts';
import type { OriginalRecord } from './records.ts';
import { type Bounds, changesToKeep, rollbacksToKeep } from './retention.ts';

const DAY_MS = 86_400_000;

export abstract class EntryLog {
  protected readonly state = new JournalState();
  protected readonly now: () => number;
  readonly #keepChangesMs: number;
  readonly #bounds: Bounds;
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
    this.now = options.now ?? Date.now;
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

  protected keepChangesSince(): number {
    return this.now() - this.#keepChangesMs;
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

  /** On disk with the next append. */
  protected noteOutcomes(ids: readonly string[], state: 'done' | 'failed'): void {
    for (const id of ids) if (this.state.changes.has(id)) this.#outcomes.set(id, state);
    this.state.settle(ids, state);
  }

  protected async flushOutcomes(): Promise<void> {
    const entries = this.waitingOutcomes(this.idMaker());
    if (entries.length > 0) await this.commit(entries);
  }

  protected newCheckpoint(before: number, added: readonly OriginalRecord[] = []): EntryOf<'checkpoint'> {
    const originals = [...this.state.originals.values(), ...added];
    return checkpointEntry(this.idMaker()(), this.state, originals, rollbacksToKeep(this.state, before));
  }

  protected async commit(entries: readonly Entry[]): Promise<void> {
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
      await this.checkpoint(this.keepChangesSince(), false);
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
  protected async checkpoint(
    before: number,
    rewrite: boolean,
    added: readonly OriginalRecord[] = [],
  ): Promise<void> {
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
  protected hasWasteSince(before: number): boolean {
    return (
      this.#rewriteDue ||
      this.#entriesSinceCheckpoint > 0 ||
      this.#outcomes.size > 0 ||
      changesToKeep(this.state, before, this.#bounds).size < this.state.changes.size ||
      rollbacksToKeep(this.state, before).length < this.state.rollbacks.size
    );
  }

  protected waitingOutcomes(makeId: () => string): Entry[] {
    if (this.#outcomes.size === 0) return [];
    const ids = (wanted: 'done' | 'failed') =>
      [...this.#outcomes].filter(([, state]) => state === wanted).map(([id]) => id);
    return [outcomeEntry(makeId(), ids('done'), ids('failed'))];
  }

  protected idMaker(): () => string {
    let last = this.state.lastId;
    return () => {
      last = nextId(last, this.now());
      return last;
    };
  }
}
