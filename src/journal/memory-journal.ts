import type { Entry, EntryOf } from './codecs.ts';
import { closedError, type JournalError } from './errors.ts';
import type { JournalOptions } from './journal-options.ts';
import { LogJournal } from './log-journal.ts';

/** A journal that ends with its process, for dry run and tests: same rules, nothing on disk. Open from the start. */
export class MemoryJournal extends LogJournal {
  #closed = false;

  constructor(options: JournalOptions = {}) {
    super(options);
  }

  override get failure(): JournalError | null {
    return null;
  }

  override async close(): Promise<void> {
    await this.exclusively(async () => {
      this.#closed = true;
    });
  }

  protected override async ready(): Promise<void> {
    if (this.#closed) throw closedError('(in memory)');
  }

  // The state itself is all there is, so nothing needs appending or shortening.
  protected override async append(_entries: readonly Entry[]): Promise<void> {}

  protected override async shorten(
    _checkpoint: EntryOf<'checkpoint'>,
    _keep: ReadonlySet<string>,
    _rewrite: boolean,
  ): Promise<void> {}

  protected override get oversized(): boolean {
    return false;
  }
}
