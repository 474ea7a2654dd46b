import type { Config } from '../config/schema.ts';
import { createJournal } from '../create-journal.ts';
import { JournalLocked } from '../journal/errors.ts';
import type { NedbJournal } from '../journal/nedb-journal.ts';

/** The journal, or who holds it. */
export type OpenedJournal = { readonly journal: NedbJournal } | { readonly heldBy: string };

/** The journal of the configured service, unless a process holds it: most likely the service. Rejects with JournalError. */
export async function openJournal(config: Config): Promise<OpenedJournal> {
  const journal = createJournal(config);
  try {
    await journal.open();
    return { journal };
  } catch (error) {
    if (error instanceof JournalLocked) return { heldBy: error.holder };
    throw error;
  }
}
