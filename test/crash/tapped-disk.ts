/** All by which the journal writes, with a boundary before, within and after each step. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { writeFile } from 'node:fs/promises';
import { fsync, type Sync } from '../../src/journal/sync.ts';
import { nedbStorage, realStorage } from '../support/nedb-storage.ts';
import type { Boundaries } from './boundaries.ts';

/** Operations wait for each other in a queue: what happens on the disk belongs to the one that asked for it. */
const asking = new AsyncLocalStorage<{ readonly boundaries: Boundaries; readonly operation: string }>();

export class TappedDisk {
  readonly #boundaries: Boundaries;

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

  /** Stands before NeDB's calls, for as long as the process lives; each call crosses the boundaries of its own run. */
  static tapNedb(): void {
    nedbStorage.appendFileAsync = async (file, text, options) => {
      await cross('append begins');
      const half = String(text).slice(0, String(text).length / 2);
      await cross('append half done', () => realStorage.appendFileAsync(file, half, options));
      await realStorage.appendFileAsync(file, text, options);
      await cross('append done');
    };
    nedbStorage.crashSafeWriteFileLinesAsync = async (file, lines, modes) => {
      const whole = `${(lines as string[]).join('\n')}\n`;
      const write = (text: string) => () => writeFile(`${file}~`, text, { mode: 0o600 });
      await cross('rewrite begins');
      await cross('rewrite half done', write(whole.slice(0, whole.length / 2)));
      await cross('rewrite done, not renamed', write(whole));
      await realStorage.crashSafeWriteFileLinesAsync(file, lines, modes);
      asking.getStore()?.boundaries.noteSynced(String(file), Buffer.byteLength(whole));
      await cross('rewrite renamed');
    };
  }

  /** The journal's opening. */
  async opening<T>(open: () => Promise<T>): Promise<T> {
    return await asking.run({ boundaries: this.#boundaries, operation: 'open' }, open);
  }

  /** One operation of the journal. Of a confirmation nothing is written by itself: its steps are its ends. */
  async during<T>(operation: string, run: () => Promise<T>): Promise<T> {
    if (operation !== 'recordOutcome') {
      return await asking.run({ boundaries: this.#boundaries, operation }, run);
    }
    await this.#boundaries.cross('confirm begins');
    const result = await run();
    await this.#boundaries.cross('confirm ended');
    return result;
  }

  async #cross(step: string): Promise<void> {
    await this.#boundaries.cross(`${asking.getStore()?.operation ?? 'open'}: ${step}`);
  }
}

/** A boundary of the run whose journal asks; none for a journal that is not tapped. */
async function cross(step: string, last?: () => Promise<void>): Promise<void> {
  const { boundaries, operation } = asking.getStore() ?? {};
  await boundaries?.cross(`${operation}: ${step}`, last);
}
