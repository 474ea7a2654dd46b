/** What reading a database and the files beside it has in common. */
import type { FileHandle } from 'node:fs/promises';
import { openRegular } from '../../files/read-regular.ts';

/** Null when there is no such file. Rejects with the system's error. */
export async function openIfThere(file: string): Promise<FileHandle | null> {
  try {
    return await openRegular(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Null when the file ends before. */
export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer | null> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, offset);
  return bytesRead < length ? null : bytes;
}

/** Another one after a write. */
export async function stampOf(handle: FileHandle): Promise<string> {
  const { size, mtimeMs } = await handle.stat();
  return `${size} ${mtimeMs}`;
}
