import { infoHashOf, type TorrentKey } from '../../control/torrent.ts';
import { replaceFile } from '../../replace-file.ts';

/**
 * Dry run: the limits that would have been set or given back, so that the next cycle plans on from them. Kept in
 * memory and, for the user to read, those set as JSON {info-hash: B/s} in `dry_run_store_path`. Begins empty at
 * each start. Saves run one after another: they share a temporary file.
 */
export class DryRunLimits {
  readonly #limits = new Map<TorrentKey, number>();
  /** Would have their own limit back, whatever a real run before the dry one left set. */
  readonly #released = new Set<TorrentKey>();
  readonly #touched = new Set<TorrentKey>();
  readonly #file: string;
  /** What the file says isn't what is known; at first it is a former run's. */
  #changed = true;
  #lastSave: Promise<void> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  get(key: TorrentKey): number | undefined {
    return this.#limits.get(key);
  }

  isReleased(key: TorrentKey): boolean {
    return this.#released.has(key);
  }

  get size(): number {
    return this.#limits.size;
  }

  /** Torrents of which something was changed since the last call. */
  takeTouched(): readonly TorrentKey[] {
    const touched = [...this.#touched];
    this.#touched.clear();
    return touched;
  }

  set(key: TorrentKey, wire: number): void {
    this.#touched.add(key);
    this.#released.delete(key);
    this.#limits.set(key, wire);
    this.#changed = true;
  }

  release(key: TorrentKey): void {
    this.#touched.add(key);
    this.#released.add(key);
    if (this.#limits.delete(key)) this.#changed = true;
  }

  /** Forgets torrents that qBittorrent no longer has. */
  prune(isPresent: (key: TorrentKey) => boolean): void {
    for (const key of this.#released) if (!isPresent(key)) this.#released.delete(key);
    for (const key of this.#limits.keys()) {
      if (isPresent(key)) continue;
      this.#limits.delete(key);
      this.#changed = true;
    }
  }

  /** Forgets all of them, in the file too. */
  async clear(): Promise<void> {
    for (const keys of [this.#limits.keys(), this.#released]) for (const key of keys) this.#touched.add(key);
    this.#limits.clear();
    this.#released.clear();
    this.#changed = true;
    await this.save();
  }

  /** Brings the file up to date if it isn't: whole or not at all. Throws the file system's error. */
  save(): Promise<void> {
    const saved = this.#lastSave.then(() => this.#write());
    this.#lastSave = saved.catch(() => undefined);
    return saved;
  }

  async #write(): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    const content = Object.fromEntries([...this.#limits].map(([key, wire]) => [infoHashOf(key), wire]));
    try {
      await replaceFile(this.#file, `${JSON.stringify(content, null, 2)}\n`);
    } catch (error) {
      this.#changed = true;
      throw error;
    }
  }
}
