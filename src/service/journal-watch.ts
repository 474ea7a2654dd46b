import type { Bus } from '../bus.ts';
import type { Journal } from '../journal/records.ts';
import type { Clock } from './clock.ts';
import type { Exclusive } from './exclusive.ts';
import { messageOf } from './failures.ts';
import type { HeldLimits } from './limits/held-limits.ts';
import type { Status } from './reports/status.ts';

export interface JournalWatchParts {
  readonly journal: Journal;
  readonly held: HeldLimits;
  readonly exclusive: Exclusive;
  readonly status: Status;
  readonly bus: Bus;
  readonly clock: Clock;
}

/** Tells when the journal can't be written and when it can again, and puts right what may have come apart meanwhile. */
export class JournalWatch {
  readonly #parts: JournalWatchParts;

  constructor(parts: JournalWatchParts) {
    this.#parts = parts;
  }

  /** Once when it begins, not with every attempt. */
  note(error: unknown): void {
    const { status, bus, clock } = this.#parts;
    const problem = messageOf(error);
    if (status.journalProblem !== problem) bus.emit('journal:failed', { problem, at: clock.now() });
  }

  /**
   * After a failure: tries the journal anew. An append that failed may be on disk all the same, and an original that
   * was given back may not have left it: what it turns out to hold is held again, and so comes to its end.
   * Never rejects.
   */
  async mend(): Promise<void> {
    const { journal, exclusive, held, status, bus, clock } = this.#parts;
    if (journal.failure === null && status.journalProblem === null) return;
    try {
      await journal.recover();
    } catch (error) {
      this.note(error);
      return;
    }
    // Alone, so that nothing comes between the journal and what is held.
    await exclusive.run(async () => held.takeOver(journal.originals.values(), clock.monotonic()));
    bus.emit('journal:recovered', { at: clock.now() });
  }
}
