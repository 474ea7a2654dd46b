import type { Config } from '../config/schema.ts';
import { createJournal } from '../create-journal.ts';
import { JournalError } from '../journal/errors.ts';
import type { NedbJournal } from '../journal/nedb-journal.ts';

/** The journal of the configured service, or null when a running service holds it. Rejects with JournalError. */
export async function openJournal(config: Config): Promise<NedbJournal | null> {
  const journal = createJournal(config);
  try {
    await journal.open();
    return journal;
  } catch (error) {
    if (error instanceof JournalError && error.kind === 'locked') return null;
    throw error;
  }
}
