/**
 * The NeDB side of the journal: a list of entries in one file.
 *
 * NeDB changes its memory before it appends, and doesn't fsync what it appends. So after any error here its
 * memory may be ahead of the disk, and the store must not be used again before `load` has read the file anew.
 */
import { rename, stat, unlink } from 'node:fs/promises';
import nedb from '@seald-io/nedb';
import type { Entry, EntryOf } from './codecs.ts';
import { ignoreMissing } from './errors.ts';
import { escapeLineEnds } from './line-ends.ts';
import type { Sync } from './sync.ts';

// The package is CommonJS: its types put the class under `default`, node hands it out as the default itself.
const Datastore = nedb as unknown as typeof nedb.default;
type Datastore = nedb.default<Entry>;

/** Below this size a file isn't worth shortening. */
const SMALL_FILE_BYTES = 4 * 1024 * 1024;
const GROWTH = 4;

export class NedbStore {
  readonly #path: string;
  readonly #folder: string;
  readonly #sync: Sync;
  #db: Datastore | null = null;
  #sizeBytes = 0;
  #compactSizeBytes = 0;

  constructor(path: string, folder: string, sync: Sync) {
    this.#path = path;
    this.#folder = folder;
    this.#sync = sync;
  }

  /** The file has grown to many times what it was when last written anew. */
  get oversized(): boolean {
    return this.#sizeBytes > SMALL_FILE_BYTES && this.#sizeBytes > GROWTH * this.#compactSizeBytes;
  }

  /** Reads the file (creating it when there is none) and writes it anew, whole and without what was dropped. */
  async load(): Promise<void> {
    this.#db = null;
    const db: Datastore = new Datastore<Entry>({
      filename: this.#path,
      corruptAlertThreshold: 0,
      modes: { fileMode: 0o600, dirMode: 0o755 },
      afterSerialization: escapeLineEnds,
      beforeDeserialization: (line) => line,
    });
    await this.#rewriting(() => db.loadDatabaseAsync());
    this.#db = db;
  }

  /** One append, in the order given, then fsync. */
  async append(entries: readonly Entry[]): Promise<void> {
    const before = this.#sizeBytes;
    await this.#open().insertAsync([...entries]);
    this.#sizeBytes = await this.#sync.file(this.#path);
    // Deleted or cut by someone else: NeDB has appended to what is left, but its memory has all of it.
    if (this.#sizeBytes <= before) await this.#compact();
  }

  /** What NeDB holds; to be read only. Using these lets go of any other copy of their long strings. */
  entries(): readonly Entry[] {
    return this.#open().getAllData();
  }

  /** At every moment in between, the file adds up to the same. Written anew only when asked, or worth it. */
  async shorten(
    checkpoint: EntryOf<'checkpoint'>,
    keep: ReadonlySet<string>,
    rewrite: boolean,
  ): Promise<void> {
    await this.append([checkpoint]);
    const superseded = {
      $where(this: Entry) {
        return this._id < checkpoint._id && !keep.has(this._id);
      },
    };
    await this.#open().removeAsync(superseded, { multi: true });
    if (rewrite || this.oversized) await this.#compact();
  }

  /** Lets go of NeDB's memory; the file stays as it is. */
  close(): void {
    this.#db = null;
  }

  async #compact(): Promise<void> {
    const db = this.#open();
    await this.#rewriting(() => db.compactDatafileAsync());
  }

  /** NeDB writes the whole to `<path>~` and renames it. On a full disk it would leave that file in the way. */
  async #rewriting(rewrite: () => Promise<void>): Promise<void> {
    try {
      await rewrite();
    } catch (error) {
      await unlink(`${this.#path}~`).catch(() => undefined);
      throw error;
    }
    await this.#sync.folder(this.#folder);
    this.#sizeBytes = await this.#sync.file(this.#path);
    this.#compactSizeBytes = this.#sizeBytes;
  }

  #open(): Datastore {
    if (this.#db === null) throw new Error('the store is not loaded');
    return this.#db;
  }
}

/**
 * After a crash while the file was written anew: a `<path>~` beside the file is incomplete or stale and goes; one
 * without the file is all there is and takes its place.
 */
export async function settleUnfinishedRewrite(path: string): Promise<void> {
  if (await exists(path)) await unlink(`${path}~`).catch(ignoreMissing);
  else await rename(`${path}~`, path).catch(ignoreMissing);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error) => {
      ignoreMissing(error);
      return false;
    },
  );
}
