/** Which qbittorrent-nox seeds, and where a swarm's files can go so that it sees them. */
import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface Installation {
  /** A path, or a name to look for on the PATH (inside the root, if there is one). */
  readonly executable: string;
  /** Another system's root to chroot into first (root only); null: this one. */
  readonly rootFolder: string | null;
  /** The seeder's files go below it. With a root it must be visible at the same path inside and outside. */
  readonly sharedFolder: string;
}

const NAME = 'qbittorrent-nox';

/** A leecher writes all that it gets, and may do so in memory, when that has this much room. */
const ROOMY_BYTES = 6 * 1024 ** 3;

/**
 * The seeder that the environment names: the qbittorrent-nox on the PATH, or, to test another version, the one
 * inside `QBITTORRENT_ROOT`, with `QBITTORRENT_SHARED` as the folder that both see.
 */
export function installationFromEnvironment(environment: NodeJS.ProcessEnv = process.env): Installation {
  return {
    executable: NAME,
    rootFolder: environment.QBITTORRENT_ROOT || null,
    sharedFolder: environment.QBITTORRENT_SHARED || tmpdir(),
  };
}

/**
 * @param place an executable, or a folder to chroot into that has qbittorrent-nox inside
 * @param sharedFolder null: the temporary folder, which won't do for a chroot
 */
export function installationAt(place: string, sharedFolder: string | null): Installation {
  const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return {
    executable: isFolder ? NAME : place,
    rootFolder: isFolder ? path.resolve(place) : null,
    sharedFolder: sharedFolder ?? tmpdir(),
  };
}

/** What is missing, in a sentence, or null when a real swarm can be run. The leecher is the one on the PATH. */
export function whatIsMissing(seeder: Installation): string | null {
  if (!canRun(NAME, '')) return `${NAME} is not installed (on Debian: apt-get install ${NAME})`;
  if (!canRun(seeder.executable, seeder.rootFolder ?? ''))
    return `there is no ${seeder.executable} that can be run${seeder.rootFolder ? ` inside ${seeder.rootFolder}` : ''}`;
  if (seeder.rootFolder !== null && !isSharedWith(seeder.rootFolder, seeder.sharedFolder))
    return (
      `${seeder.sharedFolder} inside ${seeder.rootFolder} is not the one outside: a folder is needed that has the ` +
      'same path in both, by a bind mount (QBITTORRENT_SHARED)'
    );
  return null;
}

/** Below it a leecher's writing doesn't wait for a disk, if there is such a place. */
export function leecherParentFolder(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize >= ROOMY_BYTES ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** Not just one of the same name: a bind mount has the same inode on both sides. */
function isSharedWith(root: string, folder: string): boolean {
  const outside = statSync(folder, { throwIfNoEntry: false });
  const inside = statSync(path.join(root, folder), { throwIfNoEntry: false });
  return outside?.isDirectory() === true && inside?.ino === outside.ino && inside.dev === outside.dev;
}

function canRun(executable: string, root: string): boolean {
  const folders =
    root === '' ? (process.env.PATH ?? '').split(path.delimiter) : ['/usr/bin', '/usr/local/bin'];
  const places = executable.includes('/')
    ? [executable]
    : folders.map((folder) => path.join(folder, executable));
  return places.some((place) => {
    try {
      accessSync(path.join(root, place), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
