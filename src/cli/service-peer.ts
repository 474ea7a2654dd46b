/**
 * Connections to the process that holds the journal's lock, and to no other: whoever else listens on the service's port
 * must not get the API key. The kernel says whose the other end of a connection is; that can't change while the connection
 * lasts, so it is looked at for each one that the key is sent on.
 *
 * Where the kernel can't be asked (no /proc, so not on Linux), the lock's process must be alive on this machine.
 */
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../journal/errors.ts';
import { type LockOwner, readLock } from '../journal/lock-file.ts';
import { isAlive, pidNamespace } from '../journal/process-identity.ts';

const CONNECT_WITHIN_MS = 10_000;
/** A service under load takes a moment to accept a connection. */
const ACCEPT_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 20;
const ESTABLISHED = '01';

/** What answers isn't known to be our service; the message says why. */
export class UnknownPeer extends Error {
  override readonly name = 'UnknownPeer';
}

/**
 * A connection whose other end belongs to the process that holds the lock.
 * @throws UnknownPeer, or the system's error when nothing listens there
 */
export async function connectToHolder(url: URL, lockFile: string): Promise<Socket> {
  const owner = await ownerOf(lockFile);
  const socket = await open(url);
  try {
    await assertPeer(socket, owner, lockFile);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function ownerOf(lockFile: string): Promise<LockOwner> {
  const found = await readLock(lockFile).catch((error: unknown) => {
    throw new UnknownPeer(`${lockFile} can't be read (${errorCode(error)})`);
  });
  if (found === null) throw new UnknownPeer(`no service holds the journal (there is no ${lockFile})`);
  if (found.owner === null) throw new UnknownPeer(`${lockFile} names no process`);
  return found.owner;
}

function open(url: URL): Promise<Socket> {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port });
    socket.setTimeout(CONNECT_WITHIN_MS, () => {
      socket.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }));
    });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

async function assertPeer(socket: Socket, owner: LockOwner, lockFile: string): Promise<void> {
  const who = `process ${owner.pid} on ${owner.hostname}, which holds the journal's lock`;
  const namespace = await pidNamespace();
  if (namespace === null) {
    if (owner.hostname === hostname() && isAlive(owner.pid)) return;
    throw new UnknownPeer(`${who}, does not run on this machine`);
  }
  if (owner.pidNamespace !== namespace) {
    throw new UnknownPeer(`${who}, runs in another container or on another machine`);
  }
  const inodes = await peerInodes(socket);
  const own = await socketsOf(owner.pid);
  if (own === 'gone') throw new UnknownPeer(`${who}, does not run any more`);
  if (own === 'hidden') throw new UnknownPeer(`${who}, is another user's: run the command as that user`);
  if (inodes.length === 0 || !inodes.every((inode) => own.has(inode))) {
    throw new UnknownPeer(`it is another process than ${who}`);
  }
  // Root sees everyone's sockets: a process that got the number of one that crashed may be anyone's.
  const isRoot = process.getuid?.() === 0;
  if (isRoot && (await stat(`/proc/${owner.pid}`)).uid !== (await stat(lockFile)).uid) {
    throw new UnknownPeer(`process ${owner.pid} is of another user than the journal's lock`);
  }
}

/** Of the socket at the other end, on this machine; empty when it isn't here, or not accepted in time. */
async function peerInodes({ localPort = 0, remotePort = 0 }: Socket): Promise<readonly string[]> {
  const deadline = performance.now() + ACCEPT_WITHIN_MS;
  for (;;) {
    const rows = await Promise.all(['tcp', 'tcp6'].map((name) => rowsOf(`/proc/net/${name}`)));
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

async function socketsOf(pid: number): Promise<ReadonlySet<string> | 'gone' | 'hidden'> {
  const folder = `/proc/${pid}/fd`;
  try {
    const names = await readdir(folder);
    const targets = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
    return new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? 'gone' : 'hidden';
  }
}
