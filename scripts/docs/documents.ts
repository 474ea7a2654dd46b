import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Every document for people: those at the top, and those in `docs`. Absolute paths, sorted. */
export async function documents(): Promise<string[]> {
  const files = await Promise.all(
    ['.', 'docs'].map(async (folder) => {
      const names = await readdir(path.join(ROOT, folder));
      return names.filter((name) => name.endsWith('.md')).map((name) => path.join(ROOT, folder, name));
    }),
  );
  return files.flat().sort();
}
