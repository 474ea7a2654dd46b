/**
 * Whether a real swarm can be run here. The seeder is the qbittorrent-nox on the PATH, or, to test another
 * version, the one inside `QBITTORRENT_ROOT` (a chroot, so root only), which must see `QBITTORRENT_SHARED`, a
 * folder, at the same path. `QBITTORRENT_LABEL` names it in the tables.
 */
import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite, type Test } from 'uvu';

export const seederRoot = process.env.QBITTORRENT_ROOT;
export const seederLabel = process.env.QBITTORRENT_LABEL ?? 'qBittorrent';

/** Where the swarm's files go: a folder that both clients see at the same path. */
export const swarmParentFolder = process.env.QBITTORRENT_SHARED ?? tmpdir();

/** What is missing, in a sentence, or null when a real swarm can be run. */
export function whatIsMissing(): string | null {
  if (!isOnPath('')) return 'qbittorrent-nox is not installed (on Debian: apt-get install qbittorrent-nox)';
  if (seederRoot === undefined) return null;
  if (!isOnPath(seederRoot)) return `there is no qbittorrent-nox inside QBITTORRENT_ROOT=${seederRoot}`;
  if (process.env.QBITTORRENT_SHARED === undefined) {
    return 'QBITTORRENT_ROOT needs QBITTORRENT_SHARED: a folder with the same path inside and outside';
  }
  return null;
}

/**
 * A uvu suite of tests that need a real swarm. Without one it says why and passes with all of them skipped,
 * except in CI, where it fails: there the tests were meant to run.
 */
export function realSwarmSuite(name: string): Test {
  const missing = whatIsMissing();
  const real = suite(name);
  if (missing === null) return real;
  real(`is skipped: ${missing}`, () => {
    if (process.env.CI) throw new Error(`CI is set, but ${missing}`);
    console.log(`skipped "${name}": ${missing}`);
  });
  const skip = (testName?: string): void => real.skip(testName);
  return Object.assign(skip, {
    only: skip,
    skip,
    before: real.before,
    after: real.after,
    run: () => real.run(),
  });
}

function isOnPath(root: string): boolean {
  const folders =
    root === '' ? (process.env.PATH ?? '').split(path.delimiter) : ['/usr/bin', '/usr/local/bin'];
  return folders.some((folder) => {
    try {
      accessSync(path.join(root, folder, 'qbittorrent-nox'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
