/**
 * The log's file, rotated by size: `name` is written, `name.1` is the newest of the old ones.
 *
 * Modes: opening, with the first line; open; broken, after a write failed (full disk, folder gone): lines are dropped and the file is tried
 * again with the first line after a minute; closed, for good.
 * Invariant: whatever happens to the file, writing a line never throws and never ends the process.
 */
import { stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import type { Config } from '../config/schema.ts';
import { assertRegular } from '../files/read-regular.ts';
import { realFile } from '../files/real-file.ts';

const RETRY_MS = 60_000;
const MAX_EARLY_LINES = 1_000;

export type LogFileSettings = Pick<Config['logging'], 'file' | 'max_size_mb' | 'backup_count'>;

export interface LogFileOptions {
  /** Told of each failure to write, once until it is tried again. */
  readonly onError: (error: Error) => void;
  /** Monotonic ms. */
  readonly now?: () => number;
}

export class LogFile {
  readonly #settings: LogFileSettings;
  readonly #onError: (error: Error) => void;
  readonly #now: () => number;
  #stream: RotatingFileStream | null = null;
  #opening: Promise<void> | null = null;
  /** Written while the file is opened. */
  readonly #early: string[] = [];
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(settings: LogFileSettings, options: LogFileOptions) {
    this.#settings = settings;
    this.#onError = options.onError;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Opens the file with the first line. */
  write(line: string): void {
    if (this.#closed) return;
    if (this.#stream !== null) {
      this.#stream.write(line);
      return;
    }
    if (this.#opening === null) {
      if (this.#now() < this.#retryAtMs) return;
      this.#opening = this.#open().finally(() => {
        this.#opening = null;
      });
    }
    if (this.#early.length < MAX_EARLY_LINES) this.#early.push(line);
  }

  /** Resolves when all lines are written; later ones are dropped. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening;
    const stream = this.#stream;
    this.#stream = null;
    if (stream !== null) await new Promise<void>((resolve) => stream.end(() => resolve()));
  }

  /** Never rejects. A pipe would be waited for, and a device would be renamed by the rotation. */
  async #open(): Promise<void> {
    try {
      const file = await realFile(this.#settings.file);
      const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
      if (found !== undefined) assertRegular(file, found);
      this.#stream = this.#streamTo(file);
      for (const line of this.#early) this.#stream.write(line);
    } catch (error) {
      this.#fail(error as Error);
    } finally {
      this.#early.length = 0;
    }
  }

  #streamTo(file: string): RotatingFileStream {
    const { max_size_mb, backup_count } = this.#settings;
    const stream = createStream(path.basename(file), {
      path: path.dirname(file),
      size: `${max_size_mb}M`,
      rotate: Math.max(1, backup_count),
    });
    stream.on('error', (error) => {
      if (this.#stream === stream) this.#stream = null;
      this.#fail(error);
    });
    // The rotation always keeps one; with none to keep, it goes at once.
    if (backup_count === 0) stream.on('rotated', (old) => void unlink(old).catch(() => undefined));
    return stream;
  }

  #fail(error: Error): void {
    this.#retryAtMs = this.#now() + RETRY_MS;
    this.#onError(error);
  }
}
