import path from 'node:path';
import { stringify } from 'yaml';
import { CAP_BPS } from './world.ts';

/** What the runs change in the config. */
export interface Settings {
  capBps: number;
  dryRun: boolean;
}

export const usualSettings = (): Settings => ({ capBps: CAP_BPS, dryRun: false });

export function journalFile(folder: string): string {
  return path.join(folder, 'data', 'rollback.db');
}

/** A copy that was made of it earlier. */
export function olderJournalFile(folder: string): string {
  return path.join(folder, 'older.db');
}

/** Both trackers capped; the timers so slow that only what the script asks for happens. */
export function configYaml(clientPort: number, folder: string, { capBps, dryRun }: Settings): string {
  return stringify({
    global: {
      control_interval: 60,
      update_interval: 86_400,
      calls_per_second: 200,
      idle_guard: 'all',
      dry_run: dryRun,
      dry_run_store_path: path.join(folder, 'dry-run.json'),
    },
    qbittorrent: { host: '127.0.0.1', port: clientPort, timeout: 5 },
    trackers: [
      { id: 'alpha', pattern: '.*alpha.*', max_upload_speed: capBps },
      { id: 'beta', pattern: '.*beta.*', max_upload_speed: capBps / 2 },
      { id: 'default', pattern: '.*', max_upload_speed: -1 },
    ],
    rollback: { database_path: journalFile(folder) },
  });
}
