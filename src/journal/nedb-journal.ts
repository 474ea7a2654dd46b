/**
 * The journal on disk. Its modes:
 * - closed: before open() and after close(); only what was read can be read
 * - open: what is asked is on disk when the promise resolves
 * - failed (`failure` is set): the last write failed, or the lock was lost. NeDB's memory may be ahead of the disk
 *   and is not used any more; the originals last known to be on disk stay readable. The next operation that
 *   writes first opens the file anew, so that all goes on when the disk does.
 *
 * Invariant: the state holds what is in the file, never more; a file that vanished is written again from it.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { realFileSync } from '../files/real-file.ts';
import type { Entry, EntryOf } from './codecs.ts';
import { closedError, type JournalError, type JournalErrorKind, storageError } from './errors.ts';
import type { JournalOptions } from './journal-options.ts';
import { FileLock, type LockTime, type OnWait } from './lock.ts';
import { LogJournal } from './log-journal.ts';
import { NedbStore, settleUnfinishedRewrite } from './nedb-store.ts';
import { assertReplaceable } from './regular-file.ts';
import { fsync, type Sync } from './sync.ts';
import { cutTornTail, scanJournalFile } from './torn-tail.ts';

/** Not the disk's: the file is another's, or not one that can be read. */
const REFUSALS: ReadonlySet<JournalErrorKind> = new Set(['locked', 'corrupt', 'newer']);

export interface NedbJournalOptions extends JournalOptions {
  /** The file; its folder is created when missing. Example: `./data/rollback.db`. */
  readonly path: string;
  readonly sync?: Sync;
  /** That the lock is watched by. */
  readonly lockTime?: LockTime;
}

export class NedbJournal extends LogJournal {
  readonly #givenPath: string;
  /** Of the file itself where the given path is a link: what is renamed to it must not replace the link. */
  readonly #path: string;
  readonly #folder: string;
  readonly #sync: Sync;
  readonly #lock: FileLock;
  readonly #store: NedbStore;
  #mode: 'new' | 'open' | 'closed' = 'new';
  #failure: JournalError | null = null;

  constructor(options: NedbJournalOptions) {
    super(options);
    this.#givenPath = path.resolve(options.path);
    this.#path = realFileSync(options.path);
    this.#folder = path.dirname(this.#path);
    this.#sync = options.sync ?? fsync;
    this.#store = new NedbStore(this.#path, this.#folder, this.#sync);
    this.#lock = new FileLock(this.#path, {
      onLost: (error) => {
        this.#failure ??= error;
      },
      ...(options.lockTime && { time: options.lockTime }),
    });
  }

  override get failure(): JournalError | null {
    return this.#failure;
  }

  /**
   * Takes the lock, sets a torn last line aside, reads everything. With a journal that can be read but not written
   * (disk full, read-only) it resolves too, with `failure` set: then a rollback is still possible.
   * @param onWait watches a lock whose owner may be gone, which takes up to half a minute; without it, any lock is refused
   * Throws JournalError: 'locked', 'corrupt', 'newer', or 'full'/'unwritable' when there is nothing to read either.
   */
  open(onWait?: OnWait): Promise<void> {
    return this.exclusively(async () => {
      if (this.#mode !== 'new') throw closedError(this.#path);
      const found = { file: false };
      try {
        await this.#connect(found, onWait);
      } catch (cause) {
        const failure = storageError(this.#path, cause);
        if (REFUSALS.has(failure.kind) || !found.file) {
          await this.#lock.release().catch(() => undefined);
          throw failure;
        }
        this.#failure = failure;
      }
      this.#mode = 'open';
    });
  }

  override close(): Promise<void> {
    return this.exclusively(async () => {
      if (this.#mode !== 'open') return;
      // What can't be written now is only whether the last changes were accepted: harmless.
      if (this.#failure === null) await this.flushOutcomes().catch(() => undefined);
      this.#mode = 'closed';
      this.#store.close();
      await this.#lock.release().catch(() => undefined);
    });
  }

  protected override async ready(): Promise<void> {
    if (this.#mode !== 'open') throw closedError(this.#path);
    if (this.#failure === null) return;
    await this.#orFail(() => this.#connect({ file: false }));
    this.#failure = null;
  }

  protected override async append(entries: readonly Entry[]): Promise<void> {
    await this.#asOwner(() => this.#store.append(entries));
  }

  protected override async shorten(
    checkpoint: EntryOf<'checkpoint'>,
    keep: ReadonlySet<string>,
    rewrite: boolean,
  ): Promise<void> {
    await this.#asOwner(() => this.#store.shorten(checkpoint, keep, rewrite));
  }

  protected override get oversized(): boolean {
    return this.#store.oversized;
  }

  /** Reads as much as can be read even when it can't be written; `found.file` says whether it was. */
  async #connect(found: { file: boolean }, onWait?: OnWait): Promise<void> {
    // NeDB would put a file in the place of a device, and wait for ever for a pipe.
    await assertReplaceable(this.#givenPath);
    const unlockable = await this.#takeLock(onWait);
    if (unlockable === null) await settleUnfinishedRewrite(this.#path);
    const scan = await scanJournalFile(this.#path);
    found.file = scan.found;
    try {
      if (unlockable !== null) throw unlockable;
      if (scan.tornAt !== null) await cutTornTail(this.#path, scan.tornAt, this.#sync);
      await this.#store.load();
    } catch (cause) {
      if (scan.found) this.replay(scan.entries);
      throw cause;
    }
    const vanished = scan.found ? [] : this.#everything();
    if (vanished.length > 0) await this.#store.append(vanished);
    this.replay(this.#store.entries());
  }

  /** Returns why not when the disk doesn't let us; throws when it is another's. */
  async #takeLock(onWait?: OnWait): Promise<JournalError | null> {
    try {
      await mkdir(this.#folder, { recursive: true });
      await this.#lock.acquire(onWait);
      return null;
    } catch (cause) {
      const failure = storageError(this.#path, cause);
      if (failure.kind === 'locked') throw failure;
      return failure;
    }
  }

  #everything(): Entry[] {
    if (this.state.lastId === '') return [];
    return [...[...this.state.changes.values()].map(({ entry }) => entry), this.newCheckpoint(0)];
  }

  /** Looked at before, so as not to write into another's file; and after, so as not to promise what it may drop. */
  async #asOwner(write: () => Promise<void>): Promise<void> {
    await this.#orFail(async () => {
      await this.#lock.assertHeld();
      await write();
      await this.#lock.assertHeld();
    });
  }

  async #orFail(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (cause) {
      this.#failure = storageError(this.#path, cause);
      throw this.#failure;
    }
  }
}
