/** All by which the journal writes, with a boundary before, within and after each step. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { writeFile } from 'node:fs/promises';
import { fsync, type Sync } from '../../src/journal/sync.ts';
import { nedbStorage, realStorage } from '../support/nedb-storage.ts';
import type { Boundaries } from './boundaries.ts';

export class TappedDisk {
  readonly #boundaries: Boundaries;
  /** Operations wait for each other in a queue: what happens on the disk belongs to the one that asked for it. */
  readonly #operation = new AsyncLocalStorage<string>();

  constructor(boundaries: Boundaries) {
    this.#boundaries = boundaries;
  }

  /** For the journal to be made with. */
  readonly sync: Sync = {
    file: async (file) => {
      const bytes = await fsync.file(file);
      this.#boundaries.noteSynced(file, bytes);
      await this.#cross('fsync done');
      return bytes;
    },
    folder: async (folder) => {
      await fsync.folder(folder);
      await this.#cross('fsync of the folder done');
    },
  };

  /** Puts itself before NeDB's calls, for as long as the process lives. */
  tapNedb(): void {
    nedbStorage.appendFileAsync = async (file, text, options) => {
      await this.#cross('append begins');
      const half = String(text).slice(0, String(text).length / 2);
      await this.#cross('append half done', () => realStorage.appendFileAsync(file, half, options));
      await realStorage.appendFileAsync(file, text, options);
      await this.#cross('append done');
    };
    nedbStorage.crashSafeWriteFileLinesAsync = async (file, lines, modes) => {
      const whole = `${(lines as string[]).join('\n')}\n`;
      const write = (text: string) => () => writeFile(`${file}~`, text, { mode: 0o600 });
      await this.#cross('rewrite begins');
      await this.#cross('rewrite half done', write(whole.slice(0, whole.length / 2)));
      await this.#cross('rewrite done, not renamed', write(whole));
      await realStorage.crashSafeWriteFileLinesAsync(file, lines, modes);
      this.#boundaries.noteSynced(String(file), Buffer.byteLength(whole));
      await this.#cross('rewrite renamed');
    };
  }

  /** One operation of the journal. Of a confirmation nothing is written by itself: its steps are its ends. */
  async during<T>(operation: string, run: () => Promise<T>): Promise<T> {
    if (operation !== 'recordOutcome') return await this.#operation.run(operation, run);
    await this.#boundaries.cross('confirm begins');
    const result = await run();
    await this.#boundaries.cross('confirm ended');
    return result;
  }

  async #cross(step: string, last?: () => Promise<void>): Promise<void> {
    await this.#boundaries.cross(`${this.#operation.getStore() ?? 'open'}: ${step}`, last);
  }
}
