/**
 * Connections to the process that holds the journal's lock, and to no other: whoever else listens on the service's port
 * must not get the API key. The kernel says whose the other end of a connection is; that can't change while the connection
 * lasts, so it is looked at for each one that the key is sent on.
 *
 * Where the kernel can't be asked (no /proc, so not on Linux), the lock's process must be alive on this machine.
 */
import { stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { errorCode } from '../journal/errors.ts';
import { type LockOwner, readLock } from '../journal/lock-file.ts';
import { isAlive, pidNamespace, startTimeOf } from '../journal/process-identity.ts';
import { peerInodes, showsSockets, socketsOf } from './peer-sockets.ts';

const CONNECT_WITHIN_MS = 10_000;
/** From the start of a container's entrypoint, which becomes the service, to that of Node in it. */
const STARTED_BEFORE_MS = 60_000;
/** The kernel tells its own start in whole seconds. */
const STARTED_AFTER_MS = 2_000;

/** What answers isn't known to be our service; the message says why. */
export class UnknownPeer extends Error {
  override readonly name = 'UnknownPeer';
}

/**
 * A connection whose other end belongs to the process that holds the lock.
 * @throws UnknownPeer, or the system's error when nothing listens there or the connection breaks before that is known
 */
export async function connectToHolder(url: URL, lockFile: string): Promise<Socket> {
  const owner = await ownerOf(lockFile);
  const socket = await open(url);
  const broken = new Promise<never>((_, reject) => socket.once('error', reject));
  try {
    await Promise.race([broken, assertPeer(socket, owner, lockFile)]);
    if (socket.destroyed) throw new UnknownPeer('it closed the connection');
    return socket;
  } catch (error) {
    const reason = socket.errored ?? error;
    socket.destroy();
    throw reason;
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
    // It stays: an error that nobody listens for would end the process, whenever it comes.
    socket.on('error', reject);
    socket.once('connect', () => {
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}

async function assertPeer(socket: Socket, owner: LockOwner, lockFile: string): Promise<void> {
  const who = `process ${owner.pid} on ${owner.hostname}, which holds the journal's lock`;
  const here = await pidNamespace();
  // A service that can't know its own, as under systemd's `ProcSubset=pid`, writes null. Its sockets say more anyway.
  const there = owner.pidNamespace ?? null;
  if (here !== null && there !== null && here !== there) {
    throw new UnknownPeer(`${who}, runs in another container or on another machine`);
  }
  if (!(await showsSockets())) {
    if (owner.hostname === hostname() && isAlive(owner.pid)) return;
    throw new UnknownPeer(`${who}, does not run on this machine`);
  }
  const inodes = await peerInodes(socket);
  const own = await socketsOf(owner.pid);
  if (own === 'gone')
    throw new UnknownPeer(`${who}, does not run any more${there === null ? ', or not here' : ''}`);
  if (own === 'hidden') throw new UnknownPeer(`${who}, is another user's: run the command as that user`);
  if (inodes.length === 0 || !inodes.every((inode) => own.has(inode))) {
    throw new UnknownPeer(`it is another process than ${who}`);
  }
  // Root sees everyone's sockets: a process that got the number of one that crashed may be anyone's.
  if (process.getuid?.() === 0) await assertSameProcess(owner, lockFile);
}

/**
 * That the process of the lock's number is the one that wrote the lock. Its start shows it, unless the clock was set
 * since. So does its user, unless the file system gives all files one owner (CIFS, or NFS with root_squash).
 * @throws UnknownPeer also when the process or the lock is gone by now
 */
export async function assertSameProcess(
  { pid, startedAt }: Pick<LockOwner, 'pid' | 'startedAt'>,
  lockFile: string,
): Promise<void> {
  const start = await startTimeOf(pid);
  const before = start === null ? Number.NaN : startedAt - start;
  if (before >= -STARTED_AFTER_MS && before <= STARTED_BEFORE_MS) return;
  const [user, owner] = await Promise.all([userOf(`/proc/${pid}`), userOf(lockFile)]);
  if (user === null)
    throw new UnknownPeer(`process ${pid}, which holds the journal's lock, does not run any more`);
  if (owner === null)
    throw new UnknownPeer(`no service holds the journal any more (there is no ${lockFile})`);
  if (user === owner) return;
  throw new UnknownPeer(
    `process ${pid} did not start when the journal's lock says, and is of another user than the lock`,
  );
}

/** The number of the file's owner; null when it can't be looked at. Never rejects. */
async function userOf(file: string): Promise<number | null> {
  return await stat(file).then(
    ({ uid }) => uid,
    () => null,
  );
}
