import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { OWN_KEY } from '../config/access.ts';
import { KIB, readRegularText } from '../files/read-regular.ts';

/** In the data folder. */
export const API_KEY_FILE = 'api-key';

/** The file of a key of `auth.keys`, beside it. */
export function keyFileOf(name: string): string {
  return `${API_KEY_FILE}.${name}`;
}

const KEY_BYTES = 24;

export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

export interface ApiKey {
  readonly key: string;
  /** Where it is kept. */
  readonly file: string;
  /** Made just now: the one time to show it. */
  readonly created: boolean;
}

/** What the file holds is no key. */
class UnusableKey extends Error {
  override readonly name = 'UnusableKey';
}

/** The API key can neither be read nor made. The message never holds a key. */
export class ApiKeyFileError extends Error {
  override readonly name = 'ApiKeyFileError';
  readonly file: string;

  constructor(file: string, cause: unknown) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    const name = path.basename(file).slice(API_KEY_FILE.length + 1);
    const other =
      name === ''
        ? 'set auth.api_key in the config or QGUARDARR_API_KEY in the environment'
        : `give the key "${name}" in auth.keys of the config`;
    super(
      cause instanceof UnusableKey
        ? `${file} holds no API key of ${OWN_KEY.inWords}: remove it, and one is made at the next start; or ${other}.`
        : `The API key can't be kept in ${file} (${code}): make that file and its folder readable and writable for ` +
            `the user that runs Qguardarr, or ${other}.`,
      { cause },
    );
    this.file = file;
  }
}

/**
 * The key kept in this file of the data folder (mode 600), made when there is none. Rejects with ApiKeyFileError.
 * @param name API_KEY_FILE or as `keyFileOf` has it
 * @param owner whom a file made now is given to; null: it stays this process's
 */
export async function loadKeptKey(
  dataFolder: string,
  name: string,
  owner: FileOwner | null = null,
): Promise<ApiKey> {
  const file = path.join(dataFolder, name);
  try {
    const kept = await readKey(file);
    if (kept !== null) return { key: kept, file, created: false };
    await mkdir(dataFolder, { recursive: true });
    return { key: await makeKey(file, owner), file, created: true };
  } catch (error) {
    throw new ApiKeyFileError(file, error);
  }
}

async function makeKey(file: string, owner: FileOwner | null): Promise<string> {
  const key = randomBytes(KEY_BYTES).toString('base64url');
  // Made by root in another's folder: a link that its owner put there must not lead elsewhere.
  const handle = await open(file, owner === null ? 'w' : 'wx', 0o600);
  try {
    // An empty file left by a crash, or made by hand, keeps the mode that it has.
    await handle.chmod(0o600);
    if (owner !== null) await handle.chown(owner.uid, owner.gid);
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
    const text = (await readRegularText(file, 64 * KIB)).trim();
    if (text === '') return null;
    if (!OWN_KEY.form.test(text)) throw new UnusableKey();
    // A copy or a backup that was played back may have opened it to others. One of another owner stays as it is.
    if (((await stat(file)).mode & 0o077) !== 0) await chmod(file, 0o600).catch(() => undefined);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
