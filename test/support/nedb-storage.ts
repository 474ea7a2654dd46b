/**
 * NeDB's own calls to the file system, which can be replaced: with the `Sync` that a journal is given, they are
 * all by which it writes.
 */
import { createRequire } from 'node:module';

export type StorageCall = (...args: unknown[]) => Promise<void>;

export interface NedbStorage {
  /** (file, text) */
  appendFileAsync: StorageCall;
  /** (file, lines): writes `<file>~`, syncs it, renames it. */
  crashSafeWriteFileLinesAsync: StorageCall;
}

export const nedbStorage: NedbStorage = createRequire(import.meta.url)('@seald-io/nedb/lib/storage.js');
export const realStorage: Readonly<NedbStorage> = { ...nedbStorage };

/** The calls, replaced while `task` runs. */
export async function withStorage<T>(replaced: Partial<NedbStorage>, task: () => Promise<T>): Promise<T> {
  Object.assign(nedbStorage, replaced);
  try {
    return await task();
  } finally {
    Object.assign(nedbStorage, realStorage);
  }
}

export function failWith(code: string): StorageCall {
  return () => Promise.reject(Object.assign(new Error(`${code}: injected`), { code }));
}
