import path from 'node:path';
import { stringify } from 'yaml';

export function journalFile(folder: string): string {
  return path.join(folder, 'data', 'rollback.db');
}

/** Both trackers capped; the timers so slow that only what the script asks for happens. */
export function configYaml(qbittorrentPort: number, folder: string, capBps: number): string {
  return stringify({
    global: { control_interval: 60, update_interval: 86_400, calls_per_second: 200, idle_guard: 'all' },
    qbittorrent: { host: '127.0.0.1', port: qbittorrentPort, timeout: 5 },
    trackers: [
      { id: 'alpha', pattern: '.*alpha.*', max_upload_speed: capBps },
      { id: 'beta', pattern: '.*beta.*', max_upload_speed: capBps / 2 },
      { id: 'default', pattern: '.*', max_upload_speed: -1 },
    ],
    rollback: { database_path: journalFile(folder) },
  });
}
