/** Rows of the Python Qguardarr's table, as `SELECT *` gives them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const HASH = (number: number): string => number.toString(16).padStart(40, '0');

/** Torrent, limit before and after, tracker, Unix seconds, restored. */
type Change = readonly [number, number, number, string, number, 0 | 1];

const HISTORY: readonly Change[] = [
  // 1: unlimited, limited three times
  [1, -1, 500_000, 'premium', 1_700_000_000.25, 0],
  [1, 500_000, 400_000, 'premium', 1_700_000_300.5, 0],
  [1, 400_000, 450_000, 'premium', 1_700_000_600.75, 0],
  // 2: a limit of its own
  [2, 307_200, 100_000, 'premium', 1_700_000_000.25, 0],
  // 3: 0 for unlimited
  [3, 0, 200_000, 'public', 1_700_000_000.25, 0],
  // 4: changed once and restored: it has its own limit back
  [4, 250_000, 90_000, 'public', 1_700_000_000.25, 1],
  // 5: changed twice and "restored", to a limit of the tool's own
  [5, 260_000, 90_000, 'public', 1_700_000_000.25, 1],
  [5, 90_000, 95_000, 'public', 1_700_000_300.5, 1],
  // 6: restored, then limited again
  [6, 270_000, 90_000, 'public', 1_700_000_000.25, 1],
  [6, 270_000, 80_000, 'public', 1_700_000_900.5, 0],
  // 7: another limit in between that the tool didn't write; a tracker unknown to it
  [7, 280_000, 90_000, 'unknown', 1_700_000_000.25, 0],
  [7, 120_000, 80_000, 'unknown', 1_700_000_900.5, 0],
  // 8: more than qBittorrent can keep, which is unlimited
  [8, 3_000_000_000, 90_000, 'public', 1_700_000_000.25, 0],
];

export type Row = Readonly<Record<string, string | number | null>>;

/** @param hashOf the info-hash of a torrent's number */
export function rows(hashOf: (number: number) => string = HASH): Row[] {
  return HISTORY.map(([number, old_limit, new_limit, tracker_id, timestamp, restored], index) => ({
    id: index + 1,
    torrent_hash: hashOf(number),
    old_limit,
    new_limit,
    tracker_id,
    timestamp,
    reason: 'allocation_update',
    restored,
    created_at: '2026-01-01 00:00:00',
  }));
}

/** As `sqlite3 -json` writes them. */
export function asList(some: readonly Row[]): string {
  return `[${some.map((row) => JSON.stringify(row)).join(',\n')}]\n`;
}

export function asLines(some: readonly Row[]): string {
  return some.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** Makes the table (that of src/rollback.py, version 0.3) in a database of which all is in the write-ahead log. */
export function databaseSql(): string {
  const values = rows().map((row) => `(${Object.values(row).map(sqlValue).join(', ')})`);
  return `PRAGMA journal_mode = WAL;
PRAGMA wal_autocheckpoint = 0;
CREATE TABLE rollback_entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  torrent_hash TEXT NOT NULL,
  old_limit INTEGER NOT NULL,
  new_limit INTEGER NOT NULL,
  tracker_id TEXT NOT NULL,
  timestamp REAL NOT NULL,
  reason TEXT DEFAULT '',
  restored INTEGER DEFAULT 0,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_torrent_hash ON rollback_entries(torrent_hash);
INSERT INTO rollback_entries VALUES ${values.join(',\n')};
UPDATE rollback_entries SET reason = 'says "so",' || char(10) || 'and überall 🎉' WHERE id = 2;
`;
}

function sqlValue(value: string | number | null): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

export async function inFolder(task: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'import-test-'));
  try {
    await task(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
