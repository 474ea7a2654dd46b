import fs from 'node:fs';
import { promisify } from 'node:util';

const open = promisify(fs.open);
const close = promisify(fs.close);
export const statOf = promisify(fs.fstat);

/**
 * Opens a file for as long as `task` takes. Plain descriptors, as node's FileHandles cost several times as much to make,
 * and the journal opens four files for each append.
 */
export async function withDescriptor<T>(
  file: string,
  flags: 'r' | 'r+',
  task: (descriptor: number) => Promise<T>,
): Promise<T> {
  const descriptor = await open(file, flags);
  try {
    return await task(descriptor);
  } finally {
    await close(descriptor);
  }
}
