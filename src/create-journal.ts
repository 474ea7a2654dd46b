import type { Config } from './config/schema.ts';
import { NedbJournal } from './journal/nedb-journal.ts';

const DAY_MS = 86_400_000;

/** The journal of the configured service, not yet open. */
export function createJournal({ rollback }: Config): NedbJournal {
  return new NedbJournal({
    path: rollback.database_path,
    keepChangesMs: rollback.keep_changes * DAY_MS,
    maxChanges: rollback.max_changes,
    trackAllChanges: rollback.track_all_changes,
  });
}
