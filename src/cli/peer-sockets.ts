/** What the kernel says, in /proc, of the sockets of this machine (Linux only). */
import { access, readdir, readFile, readlink } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../journal/process-identity.ts';

/** A service under load takes a moment to accept a connection. */
const ACCEPT_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 20;
const ESTABLISHED = '01';
/** Not /proc/net: systemd's `ProcSubset=pid` hides that link, but not what it leads to. */
const TABLES = ['/proc/self/net/tcp', '/proc/self/net/tcp6'];

/** Whether connections can be looked up here. Never rejects. */
export async function showsSockets(): Promise<boolean> {
  return await access(TABLES[0] ?? '').then(
    () => true,
    () => false,
  );
}

/**
 * The inodes of the socket at the other end, on this machine; empty when it isn't here, or not accepted within 5 s.
 * Never rejects.
 */
export async function peerInodes({ localPort = 0, remotePort = 0 }: Socket): Promise<readonly string[]> {
  const deadline = performance.now() + ACCEPT_WITHIN_MS;
  for (;;) {
    const rows = await Promise.all(TABLES.map(rowsOf));
    const peers = rows.flat().filter(({ local, remote }) => local === remotePort && remote === localPort);
    const isAccepted = peers.every(({ inode }) => inode !== '0');
    if (isAccepted) return peers.map(({ inode }) => inode);
    if (performance.now() > deadline) return [];
    await sleep(LOOK_EVERY_MS);
  }
}

interface Row {
  readonly local: number;
  readonly remote: number;
  readonly inode: string;
}

async function rowsOf(file: string): Promise<readonly Row[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === ESTABLISHED)
    .map((columns) => ({ local: portOf(columns[1]), remote: portOf(columns[2]), inode: columns[9] ?? '0' }));
}

/** Of an address such as `0100007F:1F99`. */
function portOf(address = ''): number {
  return Number.parseInt(address.split(':')[1] ?? '', 16);
}

/**
 * The inodes of all sockets that a process has open. 'gone': there is no such process; 'hidden': it is another user's.
 * Never rejects.
 */
export async function socketsOf(pid: number): Promise<ReadonlySet<string> | 'gone' | 'hidden'> {
  const folder = `/proc/${pid}/fd`;
  try {
    const names = await readdir(folder);
    const targets = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
    return new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
  } catch {
    // A /proc mounted with `hidepid` has no folder for others' processes.
    return isAlive(pid) ? 'hidden' : 'gone';
  }
}
