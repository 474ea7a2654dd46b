import { readlinkSync, realpathSync } from 'node:fs';
import { readlink, realpath } from 'node:fs/promises';
import path from 'node:path';

const MAX_LINKS = 40;

/**
 * The absolute path of the file itself where the path is a link, so that to replace the file does not replace the link.
 * The file need not exist, also where a link leads to it. Where that can't be found out, it is the path as it is: what
 * then opens it has the system's error. Never rejects.
 */
export async function realFile(file: string): Promise<string> {
  let current = path.resolve(file);
  for (let links = 0; links < MAX_LINKS; links += 1) {
    const wanted = path.dirname(current);
    const folder = await realpath(wanted).catch(() => wanted);
    const found = path.join(folder, path.basename(current));
    const target = await readlink(found).catch(() => null);
    if (target === null) return found;
    current = path.resolve(folder, target);
  }
  return path.resolve(file);
}

/** As `realFile`, for what can't wait: it stops everything while a disk does not answer. */
export function realFileSync(file: string): string {
  let current = path.resolve(file);
  for (let links = 0; links < MAX_LINKS; links += 1) {
    const wanted = path.dirname(current);
    const folder = orElse(() => realpathSync(wanted), wanted);
    const found = path.join(folder, path.basename(current));
    const target = orElse(() => readlinkSync(found), null);
    if (target === null) return found;
    current = path.resolve(folder, target);
  }
  return path.resolve(file);
}

function orElse<A, B>(ask: () => A, otherwise: B): A | B {
  try {
    return ask();
  } catch {
    return otherwise;
  }
}
