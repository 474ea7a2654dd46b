import fs from 'node:fs';
import { promisify } from 'node:util';
import { statOf, withDescriptor, withFolder } from './descriptor.ts';
import { errorCode } from './errors.ts';

/** Puts on the disk itself what was written before. Injected, so that tests see the order and make it fail. */
export interface Sync {
  /** Returns the file's size in bytes. */
  file(path: string): Promise<number>;
  folder(path: string): Promise<void>;
}

/** File systems (SMB, some FUSE, Windows) that can't sync a folder; they order renames in their own way. */
const NO_FOLDER_SYNC: ReadonlySet<string> = new Set(['EISDIR', 'EPERM', 'EINVAL', 'ENOTSUP', 'EBADF']);

const sync = promisify(fs.fsync);

export const fsync: Sync = {
  file: (path) =>
    withDescriptor(path, 'r+', async (descriptor) => {
      await sync(descriptor);
      return (await statOf(descriptor)).size;
    }),

  async folder(path) {
    try {
      await withFolder(path, sync);
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
