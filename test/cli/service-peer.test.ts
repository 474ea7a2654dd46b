/** To which process a command connects before it sends the key. Linux only: elsewhere nobody can be asked. */
import { type ChildProcess, spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertSameProcess, connectToHolder, UnknownPeer } from '../../src/cli/service-peer.ts';
import { pidNamespace } from '../../src/journal/process-identity.ts';

const test = suite('the process at the other end');
const IS_ROOT = process.getuid?.() === 0;
const SELF = { pid: process.pid, startedAt: Math.round(performance.timeOrigin) };
const HOUR = 3_600_000;

type LockFields = Record<string, unknown>;

async function withLock(fields: LockFields, work: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'service-peer-'));
  const file = path.join(folder, 'j.db.lock');
  try {
    const own = { ...SELF, hostname: hostname(), token: '0'.repeat(36), pidNamespace: await pidNamespace() };
    await writeFile(file, JSON.stringify({ ...own, ...fields }));
    await work(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A server in this process. */
async function listening(work: (url: URL) => Promise<unknown>): Promise<void> {
  const accepted: Socket[] = [];
  const server = createServer((socket) => accepted.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  } finally {
    for (const socket of accepted) socket.destroy();
    server.close();
  }
}

/** A process that listens, and never accepts a connection. */
async function withDeaf(work: (child: ChildProcess, url: URL) => Promise<void>): Promise<void> {
  const code = `const server = require('node:net').createServer().listen(0, '127.0.0.1', () => {
    require('node:fs').writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  try {
    const [port] = await once(child.stdout, 'data');
    await work(child, new URL(`http://127.0.0.1:${port}`));
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.unreachable('it was accepted'),
    (caught: unknown) => caught,
  );
  assert.instance(error, UnknownPeer);
  return (error as Error).message;
}

if (process.platform === 'linux') {
  test('a lock that names no pid namespace, as under ProcSubset=pid or of an earlier release, will do', async () => {
    for (const pidNamespace of [null, undefined]) {
      await withLock({ pidNamespace }, (lock) =>
        listening(async (url) => (await connectToHolder(url, lock)).destroy()),
      );
    }
  });

  test('a lock that names no pid namespace and another process is refused by the sockets of that', async () => {
    await withDeaf(async ({ pid }) => {
      await withLock({ pid, pidNamespace: null }, (lock) =>
        listening(async (url) => {
          assert.match(await refusal(connectToHolder(url, lock)), /it is another process than process \d+/);
        }),
      );
    });
  });

  test('a lock that names no pid namespace and no process of this machine says both', async () => {
    // Above the largest number that Linux gives.
    await withLock({ pid: 2 ** 22 + 1, pidNamespace: null }, (lock) =>
      listening(async (url) => {
        assert.match(await refusal(connectToHolder(url, lock)), /does not run any more, or not here$/);
      }),
    );
  });

  test('a lock of another pid namespace is refused whatever its number is', async () => {
    await withLock({ pidNamespace: 'another boot pid:[1]' }, (lock) =>
      listening(async (url) => {
        assert.match(await refusal(connectToHolder(url, lock)), /another container or on another machine/);
      }),
    );
  });

  test('a service that ends before it accepts the connection is an error of the command, not its end', async () => {
    await withDeaf(async (child, url) => {
      await withLock({ pid: child.pid }, async (lock) => {
        const killWhenConnected = (message: unknown) => {
          const { socket } = message as { socket: Socket };
          socket.once('connect', () => setImmediate(() => child.kill('SIGKILL')));
        };
        subscribe('net.client.socket', killWhenConnected);
        try {
          const error = await connectToHolder(url, lock).catch((caught: unknown) => caught);
          assert.is((error as NodeJS.ErrnoException).code, 'ECONNRESET', String(error));
        } finally {
          unsubscribe('net.client.socket', killWhenConnected);
        }
      });
    });
  });

  /** As a file system that gives all files one owner shows it. */
  async function withLockOfAnother(work: (lock: string) => Promise<void>): Promise<void> {
    if (!IS_ROOT) return await work('/etc/passwd');
    await withLock({}, async (lock) => {
      await chown(lock, 4321, 4321);
      await work(lock);
    });
  }

  test('a process that started when the lock says is the right one, whoever owns the lock file', async () => {
    await withLockOfAnother(async (lock) => {
      await assertSameProcess(SELF, lock);
      await assertSameProcess({ ...SELF, startedAt: SELF.startedAt + 30_000 }, lock);
    });
  });

  test('a process of another user that started at another time only has the number', async () => {
    await withLockOfAnother(async (lock) => {
      for (const startedAt of [SELF.startedAt - HOUR, SELF.startedAt + HOUR]) {
        assert.match(await refusal(assertSameProcess({ ...SELF, startedAt }, lock)), /did not start when/);
      }
    });
  });

  test('of a process of the same user the start does not count, since the clock may have been set', async () => {
    await withLock({}, async (lock) => {
      for (const startedAt of [SELF.startedAt - HOUR, SELF.startedAt + HOUR]) {
        await assertSameProcess({ ...SELF, startedAt }, lock);
      }
    });
  });

  test('a process or a lock that is gone in the meantime is refused with words of our own', async () => {
    await withLock({}, async (lock) => {
      const gone = { pid: 2 ** 22 + 1, startedAt: 0 };
      assert.match(await refusal(assertSameProcess(gone, lock)), /does not run any more/);
      const late = { ...SELF, startedAt: 0 };
      assert.match(await refusal(assertSameProcess(late, `${lock}.gone`)), /no service holds the journal/);
    });
  });

  if (IS_ROOT) {
    test('root connects to a service whose lock file shows another owner', async () => {
      await withLockOfAnother((lock) =>
        listening(async (url) => (await connectToHolder(url, lock)).destroy()),
      );
    });
  }
}

test.run();
