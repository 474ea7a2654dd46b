import type { Config } from './config/schema.ts';
import { NedbJournal } from './journal/nedb-journal.ts';
import { fsync, timedSync } from './journal/sync.ts';

const DAY_MS = 86_400_000;

/**
 * The journal of the configured service, not yet open.
 * @param onSynced told how long each fsync took
 */
export function createJournal(
  { rollback }: Config,
  onSynced: (durationMs: number) => void = () => undefined,
): NedbJournal {
  return new NedbJournal({
    sync: timedSync(fsync, onSynced),
    path: rollback.database_path,
    keepChangesMs: rollback.keep_changes * DAY_MS,
    maxChanges: rollback.max_changes,
    trackAllChanges: rollback.track_all_changes,
  });
}
