import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** In the data folder. */
export const API_KEY_FILE = 'api-key';
const KEY_BYTES = 24;

export interface ApiKey {
  readonly key: string;
  /** Where it is kept; null when the config or the environment gave it. */
  readonly file: string | null;
  /** Made just now: the one time to show it. */
  readonly created: boolean;
}

/** The API key can neither be read nor made. The message never holds a key. */
export class ApiKeyFileError extends Error {
  override readonly name = 'ApiKeyFileError';
  readonly file: string;

  constructor(file: string, cause: unknown) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    super(
      `The API key can't be kept in ${file} (${code}): make that file and its folder readable and writable for ` +
        'the user that runs Qguardarr, or set auth.api_key in the config or QGUARDARR_API_KEY in the environment.',
      { cause },
    );
    this.file = file;
  }
}

/**
 * The key that requests from other machines need: the configured one, else the one kept in the data folder
 * (mode 600), made at first start. Rejects with ApiKeyFileError.
 */
export async function loadApiKey(configured: string, dataFolder: string): Promise<ApiKey> {
  if (configured !== '') return { key: configured, file: null, created: false };
  const file = path.join(dataFolder, API_KEY_FILE);
  try {
    const kept = await readKey(file);
    if (kept !== null) return { key: kept, file, created: false };
    await mkdir(dataFolder, { recursive: true });
    return { key: await makeKey(file), file, created: true };
  } catch (error) {
    throw new ApiKeyFileError(file, error);
  }
}

async function makeKey(file: string): Promise<string> {
  const key = randomBytes(KEY_BYTES).toString('base64url');
  const handle = await open(file, 'w', 0o600);
  try {
    // An empty file left by a crash, or made by hand, keeps the mode that it has.
    await handle.chmod(0o600);
    await handle.writeFile(`${key}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return key;
}

/** Null when there is none yet. */
async function readKey(file: string): Promise<string | null> {
  try {
    const text = (await readFile(file, 'utf8')).trim();
    if (text === '') return null;
    // A copy or a backup that was played back may have opened it to others. One of another owner stays as it is.
    if (((await stat(file)).mode & 0o077) !== 0) await chmod(file, 0o600).catch(() => undefined);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
