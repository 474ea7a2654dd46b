import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { realFile } from './files/real-file.ts';
import { assertReplaceable } from './journal/regular-file.ts';
import { fsync } from './journal/sync.ts';

/**
 * Puts a text in a file's place: whole or not at all, on the disk itself when it resolves, readable by its owner only.
 * Makes the folder when there is none. A link stays, and the file that it leads to is replaced. Rejects with
 * NotARegularFile or the file system's error; what stood there is then as it was.
 */
export async function replaceFile(place: string, text: string): Promise<void> {
  const file = await realFile(place);
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true });
  await assertReplaceable(place);
  const temporary = `${file}.new`;
  // One left by a crash keeps the mode that it has.
  await rm(temporary, { force: true });
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  await fsync.folder(folder);
}

/**
 * Removes what `replaceFile` put in a place: the text itself, also where a link leads to it, the link, and what a crash
 * left half written. That there is none is fine. Rejects with NotARegularFile or the file system's error.
 */
export async function removeReplaced(place: string): Promise<void> {
  await assertReplaceable(place);
  const file = await realFile(place);
  for (const name of [file, `${file}.new`, path.resolve(place)]) await rm(name, { force: true });
}
