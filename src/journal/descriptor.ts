import fs from 'node:fs';
import { promisify } from 'node:util';
import { assertRegular, WITHOUT_WAITING } from '../files/read-regular.ts';

const open = promisify(fs.open);
const close = promisify(fs.close);
export const statOf = promisify(fs.fstat);

const FLAGS = {
  r: fs.constants.O_RDONLY | WITHOUT_WAITING,
  'r+': fs.constants.O_RDWR | WITHOUT_WAITING,
} as const;

/**
 * Opens a regular file for as long as `task` takes; rejects with UnfitFile for anything else. Plain descriptors, as node's FileHandles cost several times as much to make,
 * and the journal opens four files for each append.
 */
export async function withDescriptor<T>(
  file: string,
  flags: 'r' | 'r+',
  task: (descriptor: number, stats: fs.Stats) => Promise<T>,
): Promise<T> {
  return await withOpen(file, flags, async (descriptor) => {
    const stats = await statOf(descriptor);
    assertRegular(file, stats);
    return await task(descriptor, stats);
  });
}

/** As `withDescriptor`, for a folder. */
export async function withFolder<T>(folder: string, task: (descriptor: number) => Promise<T>): Promise<T> {
  return await withOpen(folder, 'r', task);
}

async function withOpen<T>(
  file: string,
  flags: keyof typeof FLAGS,
  task: (descriptor: number) => Promise<T>,
): Promise<T> {
  const descriptor = await open(file, FLAGS[flags]);
  try {
    return await task(descriptor);
  } finally {
    await close(descriptor);
  }
}
