import { open } from 'node:fs/promises';
import { errorCode } from './errors.ts';

/** Puts on the disk itself what was written before. Injected, so that tests see the order and make it fail. */
export interface Sync {
  /** Returns the file's size in bytes. */
  file(path: string): Promise<number>;
  folder(path: string): Promise<void>;
}

/** File systems (SMB, some FUSE, Windows) that can't sync a folder; they order renames in their own way. */
const NO_FOLDER_SYNC: ReadonlySet<string> = new Set(['EISDIR', 'EPERM', 'EINVAL', 'ENOTSUP', 'EBADF']);

export const fsync: Sync = {
  async file(path) {
    const handle = await open(path, 'r+');
    try {
      await handle.sync();
      return (await handle.stat()).size;
    } finally {
      await handle.close();
    }
  },

  async folder(path) {
    try {
      const handle = await open(path, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      const code = errorCode(error);
      if (code === null || !NO_FOLDER_SYNC.has(code)) throw error;
    }
  },
};

/** As `sync`, and tells how long each one of a file took. */
export function timedSync(
  sync: Sync,
  onSynced: (durationMs: number) => void,
  now: () => number = () => performance.now(),
): Sync {
  return {
    async file(path) {
      const startedAt = now();
      const size = await sync.file(path);
      onSynced(now() - startedAt);
      return size;
    },
    folder: (path) => sync.folder(path),
  };
}
