import type { Config } from '../config/schema.ts';
import type { Clock } from '../service/clock.ts';
import type { AccessKeys, MadeKey } from './access-keys.ts';
import type { HttpLog } from './log.ts';

/** How often keys that could not be read or made are tried again, ms. */
const RETRY_MS = 60_000;

export interface KeyKeeperOptions {
  readonly keys: AccessKeys;
  /** What is in force now. */
  readonly auth: () => Config['auth'];
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Pick<HttpLog, 'error'>;
  /** Told of each key made just now. */
  readonly onMade: (key: MadeKey) => void;
  /** The keys in force may be others now. */
  readonly onChange: () => void;
}

/** Has the keys of the config read or made, and those that can't be tried again each minute. */
export class KeyKeeper {
  readonly #options: KeyKeeperOptions;
  #retry: AbortController | null = null;
  /** Told already. */
  #told: ReadonlySet<string> = new Set();

  constructor(options: KeyKeeperOptions) {
    this.#options = options;
  }

  /** Rejects with ApiKeyFileError when there is no main key; any other one that fails is logged and left out. */
  async start(): Promise<void> {
    const main = (await this.#load()).find(({ isMain }) => isMain);
    if (main === undefined) return;
    this.stop();
    throw main.error;
  }

  /** For the config in force now. What fails is logged and left out. */
  async renew(): Promise<void> {
    await this.#load();
  }

  stop(): void {
    this.#retry?.abort();
    this.#retry = null;
  }

  async #load() {
    const { keys, auth, log, onMade, onChange } = this.#options;
    this.stop();
    // Before anything that can fail: what the config brought is a secret at once.
    onChange();
    const { made, failed } = await keys.load(auth());
    onChange();
    for (const key of made) onMade(key);
    for (const { error } of failed) {
      if (!this.#told.has(error.message))
        log.error({ file: error.file }, `${error.message} Until then it opens nothing.`);
    }
    this.#told = new Set(failed.map(({ error }) => error.message));
    if (failed.length > 0) void this.#loadLater();
    return failed;
  }

  async #loadLater(): Promise<void> {
    this.stop();
    const retry = new AbortController();
    this.#retry = retry;
    try {
      await this.#options.clock.sleep(RETRY_MS, retry.signal);
      await this.#load();
    } catch (error) {
      if (!retry.signal.aborted) this.#options.log.error({ err: error }, 'keys could not be loaded again');
    }
  }
}
