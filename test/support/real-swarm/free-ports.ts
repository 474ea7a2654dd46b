import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Below those that the system gives to outgoing connections: one of them could be given a port between its being found
 * free and its being listened on, and even to the very connection that goes there, which then is connected to itself.
 */
const FIRST_PORT = 20_000;
const PORTS = 12_000;
/** Has a file for each port that a test process has been given, with its process id. Test files run side by side. */
const FOLDER = path.join(tmpdir(), `qguardarr-test-ports-${process.getuid?.() ?? 0}`);

const own = new Set<number>();
process.once('exit', () => {
  for (const port of own) rmSync(fileOf(port), { force: true });
});

/** Ports on 127.0.0.1 that are free now, and that no other test process is given as long as this one lives. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(servers.map((server) => listenOnFree(server)));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function listenOnFree(server: Server): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (reserve(port) && (await listens(server, port))) return port;
  }
}

function fileOf(port: number): string {
  return path.join(FOLDER, String(port));
}

/** False when it was given before. */
function reserve(port: number): boolean {
  mkdirSync(FOLDER, { recursive: true });
  try {
    writeFileSync(fileOf(port), String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // A process that was killed leaves its files: the next one that comes by has the port.
    if (!isReserved(port)) rmSync(fileOf(port), { force: true });
    return false;
  }
  own.add(port);
  return true;
}

function isReserved(port: number): boolean {
  try {
    const pid = Number(readFileSync(fileOf(port), 'utf8'));
    // Empty while it is being written.
    if (pid > 0) process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** False when the port is taken. */
function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error);
    server.once('error', onError);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', onError);
      resolve(true);
    });
  });
}
