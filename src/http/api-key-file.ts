import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';

const FILE_NAME = 'api-key';
const KEY_BYTES = 24;

export interface ApiKey {
  readonly key: string;
  /** Where it is kept; null when the config or the environment gave it. */
  readonly file: string | null;
  /** Made just now: the one time to show it. */
  readonly created: boolean;
}

/**
 * The key that requests from other machines need: the configured one, else the one kept in the data folder
 * (mode 600), made at first start. Rejects with the system's error when the folder can't be written.
 */
export async function loadApiKey(configured: string, dataFolder: string): Promise<ApiKey> {
  if (configured !== '') return { key: configured, file: null, created: false };
  const file = path.join(dataFolder, FILE_NAME);
  const kept = await readKey(file);
  if (kept !== null) return { key: kept, file, created: false };
  await mkdir(dataFolder, { recursive: true });
  const key = randomBytes(KEY_BYTES).toString('base64url');
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(`${key}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { key, file, created: true };
}

async function readKey(file: string): Promise<string | null> {
  try {
    const text = (await readFile(file, 'utf8')).trim();
    return text === '' ? null : text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
