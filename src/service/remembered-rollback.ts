import type { Journal } from '../journal/records.ts';
import type { Clock } from './clock.ts';

export interface RememberedRollbackParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly onJournalProblem: (error: unknown) => void;
}

interface Unrecorded {
  readonly by: string;
  readonly reason: string;
  readonly result: { readonly restored: number; readonly missing: number } | null;
}

/**
 * The record of the rollback under way, or done and not resumed. A full disk must not keep anyone from getting his
 * limits back: what the journal doesn't take is kept here, and tried again until it does.
 */
export class RememberedRollback {
  readonly #parts: RememberedRollbackParts;
  #unrecorded: Unrecorded | null = null;
  #isRetrying = false;

  constructor(parts: RememberedRollbackParts) {
    this.#parts = parts;
  }

  /** False while a restart would forget the rollback. */
  get isRemembered(): boolean {
    return this.#unrecorded === null;
  }

  async begin(by: string, reason: string): Promise<void> {
    this.#unrecorded = { by, reason, result: null };
    await this.retry();
  }

  async finish(restored: number, missing: number): Promise<void> {
    const { journal, clock, onJournalProblem } = this.#parts;
    if (this.#unrecorded !== null) {
      this.#unrecorded = { ...this.#unrecorded, result: { restored, missing } };
      return await this.retry();
    }
    const open = journal.openRollback;
    if (open === null) return;
    try {
      await journal.finishRollback(open.id, restored, missing, clock.now());
    } catch (error) {
      // It stays unfinished on disk: the next start gives limits back once more, which changes nothing.
      onJournalProblem(error);
    }
  }

  /** Puts on disk what the journal did not take before. Never rejects. */
  async retry(): Promise<void> {
    const { journal, clock, onJournalProblem } = this.#parts;
    const wanted = this.#unrecorded;
    if (wanted === null || this.#isRetrying) return;
    this.#isRetrying = true;
    try {
      const id = await journal.beginRollback(wanted.by, wanted.reason, clock.now());
      // By now it may have a result, or be resumed.
      const result = this.#unrecorded?.result ?? null;
      this.#unrecorded = null;
      if (result !== null) await journal.finishRollback(id, result.restored, result.missing, clock.now());
    } catch (error) {
      onJournalProblem(error);
    } finally {
      this.#isRetrying = false;
    }
  }

  /** Enforcement is on again. @throws JournalError */
  async resume(): Promise<void> {
    const { journal, clock } = this.#parts;
    const before = this.#unrecorded;
    // First: a retry must not put it on disk behind the resumption.
    this.#unrecorded = null;
    try {
      await journal.resume(clock.now());
    } catch (error) {
      this.#unrecorded ??= before;
      throw error;
    }
  }
}
