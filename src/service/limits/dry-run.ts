import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { infoHashOf, type TorrentKey } from '../../control/torrent.ts';

/**
 * Dry run: the limits that would have been set, so that the next cycle plans on from them. Kept in memory
 * and, for the user to read, as JSON {info-hash: B/s} in `dry_run_store_path`. Begins empty at each start.
 */
export class DryRunLimits {
  readonly #limits = new Map<TorrentKey, number>();
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  get(key: TorrentKey): number | undefined {
    return this.#limits.get(key);
  }

  get size(): number {
    return this.#limits.size;
  }

  set(key: TorrentKey, wire: number): void {
    this.#limits.set(key, wire);
  }

  delete(key: TorrentKey): void {
    this.#limits.delete(key);
  }

  /** Forgets all of them, in the file too. */
  async clear(): Promise<void> {
    this.#limits.clear();
    await this.save();
  }

  /** Writes the file anew, whole or not at all. */
  async save(): Promise<void> {
    const content = Object.fromEntries([...this.#limits].map(([key, wire]) => [infoHashOf(key), wire]));
    await mkdir(path.dirname(this.#file), { recursive: true });
    const temporary = `${this.#file}.new`;
    await writeFile(temporary, `${JSON.stringify(content, null, 2)}\n`);
    await rename(temporary, this.#file);
  }
}
