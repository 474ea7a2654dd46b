/**
 * Reads files that paths from the config, the environment or the command line name. Only regular files of a bounded size:
 * to open a pipe waits until someone writes to it, in a thread that even the end of the process waits for, and a device
 * such as /dev/zero never ends.
 */
import fs from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

export const KIB = 1024;
export const MIB = 1024 * KIB;

/** To open a pipe does not wait; without meaning for regular files. Windows has no such flag. */
export const WITHOUT_WAITING = fs.constants.O_NONBLOCK ?? 0;
const READ = fs.constants.O_RDONLY | WITHOUT_WAITING;

/** What stands at a path can't be read as a file. `code` is like those of the system's errors. */
export class UnfitFile extends Error {
  override readonly name = 'UnfitFile';
  readonly code: 'EISDIR' | 'EFTYPE' | 'EFBIG';
  readonly path: string;

  constructor(file: string, code: UnfitFile['code'], message: string) {
    super(message);
    this.code = code;
    this.path = file;
  }
}

/** @throws UnfitFile for all but a regular file */
export function assertRegular(file: string, stats: fs.Stats): void {
  if (stats.isFile()) return;
  if (stats.isDirectory()) throw new UnfitFile(file, 'EISDIR', 'it is a folder, not a file');
  throw new UnfitFile(file, 'EFTYPE', 'it is a pipe, a socket or a device, not a regular file');
}

/** Opens a regular file for reading. Rejects with UnfitFile or the system's error. */
export async function openRegular(file: string): Promise<FileHandle> {
  const handle = await open(file, READ);
  try {
    assertRegular(file, await handle.stat());
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** @param maxBytes of the longest file to accept. Rejects with UnfitFile or the system's error. */
export async function readRegular(file: string, maxBytes: number): Promise<Buffer> {
  const handle = await openRegular(file);
  try {
    const chunks: Buffer[] = [];
    // Files of /proc say that they are empty, and others grow: what is read counts.
    for (let length = 0; ; ) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(sizeOfRead(maxBytes, length)));
      if (bytesRead === 0) return Buffer.concat(chunks);
      length += bytesRead;
      if (length > maxBytes) throw tooLarge(file, maxBytes);
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

/** As `readRegular`, as UTF-8. */
export async function readRegularText(file: string, maxBytes: number): Promise<string> {
  return (await readRegular(file, maxBytes)).toString('utf8');
}

/** As `readRegularText`, for what can't wait. @throws UnfitFile or the system's error */
export function readRegularTextSync(file: string, maxBytes: number): string {
  const descriptor = fs.openSync(file, READ);
  try {
    const stats = fs.fstatSync(descriptor);
    assertRegular(file, stats);
    if (stats.size > maxBytes) throw tooLarge(file, maxBytes);
    return fs.readFileSync(descriptor, 'utf8');
  } finally {
    fs.closeSync(descriptor);
  }
}

function sizeOfRead(maxBytes: number, length: number): number {
  return Math.min(64 * KIB, maxBytes - length + 1);
}

function tooLarge(file: string, maxBytes: number): UnfitFile {
  const most = maxBytes >= MIB ? `${maxBytes / MIB} MiB` : `${maxBytes / KIB} KiB`;
  return new UnfitFile(file, 'EFBIG', `it is larger than ${most}`);
}
