import { readFile } from 'node:fs/promises';
import { tagOf } from './static-answer.ts';

export interface CachedFile {
  readonly content: Buffer;
  readonly tag: string;
}

/**
 * Files that strangers may ask for, each read once: a thousand answers on their way share one content, where each would
 * have its own otherwise. For the few files of the build, 200 kB in all.
 */
export class FileCache {
  readonly #files = new Map<string, Promise<CachedFile | null>>();

  /** Null when it can't be read; the next one who asks tries again. */
  async read(file: string): Promise<CachedFile | null> {
    const known = this.#files.get(file);
    if (known !== undefined) return await known;
    const reading = readFile(file).then(
      (content) => ({ content, tag: tagOf(content) }),
      () => null,
    );
    this.#files.set(file, reading);
    const found = await reading;
    if (found === null) this.#files.delete(file);
    return found;
  }

  clear(): void {
    this.#files.clear();
  }
}
