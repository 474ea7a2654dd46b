import type { Config } from '../config/schema.ts';
import type { AccessKey } from './access.ts';
import {
  API_KEY_FILE,
  type ApiKey,
  ApiKeyFileError,
  type FileOwner,
  keyFileOf,
  loadKeptKey,
} from './api-key-file.ts';

type Auth = Config['auth'];

/** The key that the installed webhook sends. It is always there, unless the config has one of that name. */
export const WEBHOOK_KEY = 'webhook';
/** That of `auth.api_key`. */
const MAIN_KEY = 'main';

/** A key made just now. */
export interface MadeKey extends ApiKey {
  readonly name: string;
  /** The key that opens everything: the one to show. */
  readonly isMain: boolean;
}

export interface LoadedKeys {
  /** Made just now. */
  readonly made: readonly MadeKey[];
  /** Neither read nor made. They are not in force, and the next `load` tries again. */
  readonly failed: readonly { readonly isMain: boolean; readonly error: ApiKeyFileError }[];
}

/**
 * The keys that open the service: those that the config gives, and those that it leaves to us, which are made once and
 * kept in the data folder.
 *
 * Invariant: `inForce` has none that the config given to it doesn't name, whatever was kept for an earlier one.
 */
export class AccessKeys {
  readonly #dataFolder: string;
  /** By file name. */
  readonly #kept = new Map<string, string>();

  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder;
  }

  /** Reads or makes what the config leaves to us, each by itself: one that fails keeps no other out. */
  async load(auth: Auth): Promise<LoadedKeys> {
    const made: MadeKey[] = [];
    const failed: LoadedKeys['failed'][number][] = [];
    for (const { name, key, file } of wantedBy(auth)) {
      if (key !== '' || this.#kept.has(file)) continue;
      const isMain = file === API_KEY_FILE;
      try {
        const kept = await loadKeptKey(this.#dataFolder, file);
        this.#kept.set(file, kept.key);
        if (kept.created) made.push({ ...kept, name, isMain });
      } catch (error) {
        if (!(error instanceof ApiKeyFileError)) throw error;
        failed.push({ isMain, error });
      }
    }
    return { made, failed };
  }

  inForce(auth: Auth): readonly AccessKey[] {
    return wantedBy(auth).flatMap(({ name, scope, key, file }) => {
      const value = key || this.#kept.get(file);
      return value === undefined ? [] : [{ name, scope, key: value }];
    });
  }
}

interface Wanted extends AccessKey {
  readonly file: string;
}

/** The widest first: of two alike it is the one that counts. `key` is '' where it is left to us. */
function wantedBy({ api_key, keys }: Auth): readonly Wanted[] {
  const named = keys.map((entry): Wanted => ({ ...entry, file: keyFileOf(entry.name) }));
  const webhook: Wanted = { name: WEBHOOK_KEY, scope: 'webhook', key: '', file: keyFileOf(WEBHOOK_KEY) };
  return [
    { name: MAIN_KEY, scope: 'admin', key: api_key, file: API_KEY_FILE },
    ...named,
    ...(keys.some(({ name }) => name === WEBHOOK_KEY) ? [] : [webhook]),
  ];
}

/**
 * The key of scope `webhook` for qBittorrent's external program, read or made as the service does it.
 * Rejects with ApiKeyFileError.
 * @param owner whom a file made now is given to; null: it stays this process's
 */
export async function webhookKey(
  { keys }: Auth,
  dataFolder: string,
  owner: FileOwner | null = null,
): Promise<string> {
  const entry =
    keys.find(({ name }) => name === WEBHOOK_KEY) ?? keys.find(({ scope }) => scope === 'webhook');
  if (entry !== undefined && entry.key !== '') return entry.key;
  return (await loadKeptKey(dataFolder, keyFileOf(entry?.name ?? WEBHOOK_KEY), owner)).key;
}
