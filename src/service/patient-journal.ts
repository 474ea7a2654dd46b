import { JournalError } from '../journal/errors.ts';
import type {
  AcceptedLimit,
  ContestRecord,
  IntendedChange,
  Journal,
  OriginalRecord,
  ReplacedOriginal,
} from '../journal/records.ts';
import type { Clock } from './clock.ts';

export interface PatientJournalParts {
  readonly journal: Journal;
  /** Its file, for messages. */
  readonly path: string;
  readonly clock: Clock;
  readonly patienceMs?: number;
}

/** A disk that slept wakes within ten seconds. */
const PATIENCE_MS = 15_000;
const OVERDUE = Symbol('overdue');

/**
 * A journal that doesn't wait for ever: on a disk that hangs (a network share that is gone) no operation ends, and no
 * limit would be restored. What is overdue counts as failed, and so does all that is asked until it ends.
 */
export class PatientJournal implements Journal {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #error: JournalError;
  #isOverdue = false;

  constructor({ journal, path, clock, patienceMs = PATIENCE_MS }: PatientJournalParts) {
    this.#journal = journal;
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    this.#error = new JournalError(
      'slow',
      path,
      `The journal ${path} has not answered for ${patienceMs / 1000} s: its disk hangs or is overloaded. Until it ` +
        'answers, no limit is changed in qBittorrent; a rollback still works. Look after that disk or network share.',
    );
  }

  get originals() {
    return this.#journal.originals;
  }

  get restored() {
    return this.#journal.restored;
  }

  get accepted() {
    return this.#journal.accepted;
  }

  get isEmpty() {
    return this.#journal.isEmpty;
  }

  get name() {
    return this.#journal.name;
  }

  get contest() {
    return this.#journal.contest;
  }

  get openRollback() {
    return this.#journal.openRollback;
  }

  get openPartRollbacks() {
    return this.#journal.openPartRollbacks;
  }

  get failure(): JournalError | null {
    return this.#isOverdue ? this.#error : this.#journal.failure;
  }

  recordIntent(changes: readonly IntendedChange[], at: number): Promise<string[]> {
    return this.#patiently(() => this.#journal.recordIntent(changes, at));
  }

  recover(): Promise<void> {
    return this.#patiently(() => this.#journal.recover());
  }

  /** As losing it is harmless, it is not worth a failure. */
  async recordOutcome(ids: readonly string[], state: 'done' | 'failed'): Promise<void> {
    if (!this.#isOverdue) void this.#journal.recordOutcome(ids, state).catch(() => undefined);
  }

  replaceOriginals(changes: readonly ReplacedOriginal[], at: number): Promise<void> {
    return this.#patiently(() => this.#journal.replaceOriginals(changes, at));
  }

  revertOriginals(keys: readonly string[], since: number): Promise<void> {
    return this.#patiently(() => this.#journal.revertOriginals(keys, since));
  }

  recordRestored(keys: readonly string[], at: number): Promise<void> {
    return this.#patiently(() => this.#journal.recordRestored(keys, at));
  }

  reopenOriginals(keys: readonly string[]): Promise<void> {
    return this.#patiently(() => this.#journal.reopenOriginals(keys));
  }

  closeOriginals(keys: readonly string[]): Promise<void> {
    return this.#patiently(() => this.#journal.closeOriginals(keys));
  }

  adoptOriginals(records: readonly OriginalRecord[]): Promise<number> {
    return this.#patiently(() => this.#journal.adoptOriginals(records));
  }

  acceptLimits(limits: readonly AcceptedLimit[], at: number): Promise<void> {
    return this.#patiently(() => this.#journal.acceptLimits(limits, at));
  }

  forgetAccepted(keys: readonly string[]): Promise<void> {
    return this.#patiently(() => this.#journal.forgetAccepted(keys));
  }

  recordContest(contest: ContestRecord | null): Promise<void> {
    return this.#patiently(() => this.#journal.recordContest(contest));
  }

  identify(): Promise<string> {
    return this.#patiently(() => this.#journal.identify());
  }

  beginRollback(...request: Parameters<Journal['beginRollback']>): Promise<string> {
    return this.#patiently(() => this.#journal.beginRollback(...request));
  }

  finishRollback(id: string, restored: number, failed: number, at: number): Promise<void> {
    return this.#patiently(() => this.#journal.finishRollback(id, restored, failed, at));
  }

  resume(at: number): Promise<void> {
    return this.#patiently(() => this.#journal.resume(at));
  }

  page(...query: Parameters<Journal['page']>) {
    return this.#journal.page(...query);
  }

  prune(before: number): Promise<void> {
    return this.#patiently(() => this.#journal.prune(before));
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  async #patiently<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#isOverdue) throw this.#error;
    const patience = new AbortController();
    const late = this.#clock.sleep(this.#patienceMs, patience.signal).then(
      () => OVERDUE,
      () => OVERDUE,
    );
    const work = operation();
    try {
      const first = await Promise.race([work, late]);
      if (first !== OVERDUE) return first as T;
    } finally {
      patience.abort();
    }
    this.#isOverdue = true;
    const end = () => {
      this.#isOverdue = false;
    };
    work.then(end, end);
    throw this.#error;
  }
}
