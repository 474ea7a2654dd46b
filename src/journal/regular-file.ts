import { stat } from 'node:fs/promises';
import { ignoreMissing } from './errors.ts';

/** A device, a pipe or a folder stands where a file is to be put. To put it there would remove that. */
export class NotARegularFile extends Error {
  override readonly name = 'NotARegularFile';

  constructor(file: string) {
    super(`${file} is not a regular file, so it is not replaced: set another path`);
  }
}

/** To be called before a file is put in a place. Rejects with NotARegularFile or the file system's error. */
export async function assertReplaceable(file: string): Promise<void> {
  const found = await stat(file).catch(ignoreMissing);
  if (found !== undefined && !found.isFile()) throw new NotARegularFile(file);
}
