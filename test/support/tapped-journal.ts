import { JournalError } from '../../src/journal/errors.ts';
import type { IntendedChange, Journal, ReplacedOriginal } from '../../src/journal/records.ts';

/** A journal between the service and the real one: tells of each operation, and fails or hangs up on demand. */
export class TappedJournal implements Journal {
  /** Thrown by everything that writes, while set. */
  failWith: JournalError | null = null;
  /** Called when an intent is on disk, before the service learns of it. */
  onIntent: (changes: readonly IntendedChange[]) => void | Promise<void> = () => {};
  /** Names of the operations asked for, in order. */
  readonly asked: string[] = [];
  readonly #inner: Journal;

  constructor(inner: Journal) {
    this.#inner = inner;
  }

  get originals() {
    return this.#inner.originals;
  }

  get openRollback() {
    return this.#inner.openRollback;
  }

  get failure() {
    return this.failWith ?? this.#inner.failure;
  }

  async recordIntent(changes: readonly IntendedChange[], at: number) {
    this.#write('recordIntent');
    const ids = await this.#inner.recordIntent(changes, at);
    await this.onIntent(changes);
    return ids;
  }

  async recordOutcome(ids: readonly string[], state: 'done' | 'failed') {
    this.asked.push(`recordOutcome ${state}`);
    if (this.failWith === null) await this.#inner.recordOutcome(ids, state);
  }

  async replaceOriginals(changes: readonly ReplacedOriginal[], at: number) {
    this.#write('replaceOriginals');
    await this.#inner.replaceOriginals(changes, at);
  }

  async closeOriginals(keys: readonly string[]) {
    this.#write('closeOriginals');
    await this.#inner.closeOriginals(keys);
  }

  async beginRollback(by: string, reason: string, at: number) {
    this.#write('beginRollback');
    return await this.#inner.beginRollback(by, reason, at);
  }

  async finishRollback(id: string, restored: number, failed: number, at: number) {
    this.#write('finishRollback');
    await this.#inner.finishRollback(id, restored, failed, at);
  }

  async resume(at: number) {
    this.#write('resume');
    await this.#inner.resume(at);
  }

  async page(...args: Parameters<Journal['page']>) {
    return await this.#inner.page(...args);
  }

  async prune(before: number) {
    this.#write('prune');
    await this.#inner.prune(before);
  }

  /** As for a process that has died: nothing is done any more. */
  die(): void {
    this.failWith = new JournalError('closed', '(tapped)', 'this run has died');
  }

  async close() {
    await this.#inner.close();
  }

  #write(operation: string): void {
    this.asked.push(operation);
    if (this.failWith !== null) throw this.failWith;
  }
}
