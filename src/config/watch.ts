/**
 * Tells when the config file has changed.
 *
 * Two modes: stopped (no handle is open) and watching. Invariant while watching: `onChange` is called when,
 * and only when, the file can be read and its contents differ from those last seen; which events led there
 * doesn't matter. So editors that write a new file and rename it, symlinks swapped by Kubernetes, a touch
 * without a change, and a file that is away for a moment need no cases of their own.
 *
 * The folder is watched too, links unfollowed: a watch on the file alone stays with the old inode, and a
 * swapped `..data` link shows only in the folder. Network folders give no events, hence the slow recheck.
 */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { readConfigFile } from './environment.ts';

export interface ConfigWatcherOptions {
  readonly path: string;
  /** A rejection or throw goes to `onError`; watching goes on. Must not wait for `stop`, which waits for it. */
  readonly onChange: () => void | Promise<void>;
  readonly onError: (error: unknown) => void;
  /** Quiet time after the last event, so that a file half written isn't read. Default 300 ms. */
  readonly debounceMs?: number;
  /** How often the contents are compared without an event. Default 30,000 ms. */
  readonly recheckMs?: number;
}

export class ConfigWatcher {
  readonly #options: Required<ConfigWatcherOptions>;
  readonly #file: string;
  #watcher: FSWatcher | null = null;
  #debounce: NodeJS.Timeout | null = null;
  #recheck: NodeJS.Timeout | null = null;
  #target = '';
  #seen: string | null = null;
  /** Checks run one after the other, so that two never report the same change. */
  #checking: Promise<void> = Promise.resolve();

  constructor(options: ConfigWatcherOptions) {
    this.#options = { debounceMs: 300, recheckMs: 30_000, ...options };
    this.#file = path.resolve(options.path);
  }

  /** Resolves once changes are seen. What the file holds now counts as seen. */
  async start(): Promise<void> {
    if (this.#watcher !== null) return;
    const folder = path.dirname(this.#file);
    const watcher = watch(folder, {
      ignoreInitial: true,
      depth: 0,
      followSymlinks: false,
      // Kubernetes' links and folders begin with "..": no other file beside the config is of interest.
      ignored: (entry) =>
        entry !== folder &&
        entry !== this.#file &&
        entry !== this.#target &&
        !path.basename(entry).startsWith('..'),
    });
    this.#watcher = watcher;
    watcher.on('all', () => this.#schedule());
    // 'all' leaves out a change within 50 ms of the last, and one whose file was just being replaced.
    watcher.on('raw', (_event, entry) => {
      const name = path.basename(String(entry ?? ''));
      const ours = [this.#file, this.#target].some((file) => path.basename(file) === name);
      if (ours || name === '' || name.startsWith('..')) this.#schedule();
    });
    watcher.on('error', (error) => this.#options.onError(error));
    const ready = new Promise<void>((resolve) => {
      watcher.once('ready', () => resolve());
    });
    this.#seen = await this.#fingerprint();
    await this.#followTarget();
    await ready;
    if (this.#watcher !== watcher) return;
    this.#recheck = setInterval(() => this.#check(), this.#options.recheckMs);
    this.#recheck.unref();
  }

  /** Closes every handle, after a check under way; `onChange` is not called afterwards. */
  async stop(): Promise<void> {
    const watcher = this.#watcher;
    this.#watcher = null;
    if (this.#debounce !== null) clearTimeout(this.#debounce);
    if (this.#recheck !== null) clearInterval(this.#recheck);
    this.#debounce = null;
    this.#recheck = null;
    await watcher?.close();
    await this.#checking;
  }

  #schedule(): void {
    if (this.#watcher === null) return;
    if (this.#debounce !== null) clearTimeout(this.#debounce);
    this.#debounce = setTimeout(() => this.#check(), this.#options.debounceMs);
  }

  #check(): void {
    this.#checking = this.#checking
      .then(() => this.#compare())
      .catch((error: unknown) => this.#options.onError(error));
  }

  async #compare(): Promise<void> {
    if (this.#watcher === null) return;
    await this.#followTarget();
    const now = await this.#fingerprint();
    if (this.#watcher === null || now === null || now === this.#seen) return;
    this.#seen = now;
    await this.#options.onChange();
  }

  /** A link may lead into another folder, where the file behind it is edited in place. */
  async #followTarget(): Promise<void> {
    const target = await realpath(this.#file).catch(() => this.#target);
    if (target === this.#target || this.#watcher === null) return;
    if (this.#target !== '' && this.#target !== this.#file) this.#watcher.unwatch(this.#target);
    this.#target = target;
    if (target !== this.#file) this.#watcher.add(target);
  }

  /** null while the file is away or can't be read. */
  async #fingerprint(): Promise<string | null> {
    try {
      return createHash('sha256')
        .update(await readConfigFile(this.#file))
        .digest('hex');
    } catch {
      return null;
    }
  }
}
