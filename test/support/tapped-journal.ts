import { JournalError } from '../../src/journal/errors.ts';
import type {
  AcceptedLimit,
  ContestRecord,
  IntendedChange,
  Journal,
  OriginalRecord,
  ReplacedOriginal,
} from '../../src/journal/records.ts';

/** A journal between the service and the real one: tells of each operation, and fails or hangs up on demand. */
export class TappedJournal implements Journal {
  /** Thrown by everything that writes, while set. */
  failWith: JournalError | null = null;
  /** Called when an intent is on disk, before the service learns of it. */
  onIntent: (changes: readonly IntendedChange[]) => void | Promise<void> = () => {};
  /** Runs each operation that writes; called with its name. */
  around: <T>(operation: string, run: () => Promise<T>) => Promise<T> = (_, run) => run();
  /** Names of the operations asked for, in order. */
  readonly asked: string[] = [];
  readonly #inner: Journal;

  constructor(inner: Journal) {
    this.#inner = inner;
  }

  get originals() {
    return this.#inner.originals;
  }

  get restored() {
    return this.#inner.restored;
  }

  get accepted() {
    return this.#inner.accepted;
  }

  get isEmpty() {
    return this.#inner.isEmpty;
  }

  get name() {
    return this.#inner.name;
  }

  get contest() {
    return this.#inner.contest;
  }

  get openRollback() {
    return this.#inner.openRollback;
  }

  get openPartRollbacks() {
    return this.#inner.openPartRollbacks;
  }

  get failure() {
    return this.failWith ?? this.#inner.failure;
  }

  async recordIntent(changes: readonly IntendedChange[], at: number) {
    return await this.#write('recordIntent', async () => {
      const ids = await this.#inner.recordIntent(changes, at);
      await this.onIntent(changes);
      return ids;
    });
  }

  async recordOutcome(ids: readonly string[], state: 'done' | 'failed') {
    this.asked.push(`recordOutcome ${state}`);
    if (this.failWith !== null) return;
    await this.around('recordOutcome', () => this.#inner.recordOutcome(ids, state));
  }

  async recover() {
    await this.#write('recover', () => this.#inner.recover());
  }

  async replaceOriginals(changes: readonly ReplacedOriginal[], at: number) {
    await this.#write('replaceOriginals', () => this.#inner.replaceOriginals(changes, at));
  }

  async revertOriginals(keys: readonly string[], since: number) {
    await this.#write('revertOriginals', () => this.#inner.revertOriginals(keys, since));
  }

  async recordRestored(keys: readonly string[], at: number) {
    await this.#write('recordRestored', () => this.#inner.recordRestored(keys, at));
  }

  async reopenOriginals(keys: readonly string[]) {
    await this.#write('reopenOriginals', () => this.#inner.reopenOriginals(keys));
  }

  async adoptOriginals(records: readonly OriginalRecord[]) {
    return await this.#write('adoptOriginals', () => this.#inner.adoptOriginals(records));
  }

  async acceptLimits(limits: readonly AcceptedLimit[], at: number) {
    await this.#write('acceptLimits', () => this.#inner.acceptLimits(limits, at));
  }

  async forgetAccepted(keys: readonly string[]) {
    await this.#write('forgetAccepted', () => this.#inner.forgetAccepted(keys));
  }

  async recordContest(contest: ContestRecord | null) {
    await this.#write('recordContest', () => this.#inner.recordContest(contest));
  }

  async identify() {
    return await this.#write('identify', () => this.#inner.identify());
  }

  async closeOriginals(keys: readonly string[]) {
    await this.#write('closeOriginals', () => this.#inner.closeOriginals(keys));
  }

  async beginRollback(...request: Parameters<Journal['beginRollback']>) {
    return await this.#write('beginRollback', () => this.#inner.beginRollback(...request));
  }

  async finishRollback(id: string, restored: number, failed: number, at: number) {
    await this.#write('finishRollback', () => this.#inner.finishRollback(id, restored, failed, at));
  }

  async resume(at: number) {
    await this.#write('resume', () => this.#inner.resume(at));
  }

  async page(...args: Parameters<Journal['page']>) {
    return await this.#inner.page(...args);
  }

  async prune(before: number) {
    await this.#write('prune', () => this.#inner.prune(before));
  }

  /** As for a process that has died: nothing is done any more. */
  die(): void {
    this.failWith = new JournalError('closed', '(tapped)', 'this run has died');
  }

  async close() {
    await this.#inner.close();
  }

  async #write<T>(operation: string, run: () => Promise<T>): Promise<T> {
    this.asked.push(operation);
    if (this.failWith !== null) throw this.failWith;
    return await this.around(operation, run);
  }
}
