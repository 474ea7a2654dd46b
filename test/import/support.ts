import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));

export const HASH = (number: number): string => number.toString(16).padStart(40, '0');

export async function inFolder(task: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'import-test-'));
  try {
    await task(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A copy of a database made by SQLite (fixtures/make.py), with what stands beside it; returns its path. */
export async function database(name: string, folder: string, as = `${name}.db`): Promise<string> {
  for (const suffix of ['', '-wal', '-journal']) {
    await copyFile(path.join(FIXTURES, `${name}.db${suffix}`), path.join(folder, as + suffix)).catch(
      (error) => {
        if (suffix === '' || error.code !== 'ENOENT') throw error;
      },
    );
  }
  return path.join(folder, as);
}

/** Its rows as SQLite itself reads them: hash, old limit, new limit, tracker, time, restored. */
export async function rowsBySqlite(name: string): Promise<string[]> {
  const text = await readFile(path.join(FIXTURES, `${name}.tsv`), 'utf8');
  return text.trimEnd().split('\n');
}
