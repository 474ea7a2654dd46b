/** `run --wait-for-config`: for containers, where ending with an error means being started again and again. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readFailure } from '../../config/environment.ts';
import { formatIssues } from '../../config/issues.ts';
import type { LoadResult } from '../../config/load.ts';
import { ConfigWatcher } from '../../config/watch.ts';
import { explain } from '../load.ts';
import { print, printError } from '../output.ts';
import { FIRST_CONFIG } from './first-config.ts';
import { serveWaiting } from './waiting-server.ts';

/** Bind mounts of desktop systems and network folders give no events. */
const RECHECK_MS = 5_000;
const PORT = 8089;
const HOST = '127.0.0.1';

export interface WaitRequest {
  readonly path: string;
  readonly load: () => Promise<LoadResult>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the waiting. */
  readonly stopped: Promise<unknown>;
}

type Loaded = Extract<LoadResult, { ok: true }>;

/**
 * Writes a commented config where there is none, and resolves with the config as soon as it is valid, or with null
 * when stopped before. Rejects with ListenError.
 */
export async function waitForConfig({ path: file, load, env, stopped }: WaitRequest): Promise<Loaded | null> {
  const isWritten = await writeFirstConfig(file);
  const message = isWritten
    ? `this is the first start: fill in ${file}, and it goes on by itself`
    : `waiting for a valid config: correct ${file}, and it goes on by itself`;
  let told = '';
  const look = async (): Promise<Loaded | null> => {
    const loaded = await load();
    if (loaded.ok) return loaded;
    const text = formatIssues(loaded.errors);
    if (text !== told) explain(file, loaded);
    told = text;
    return null;
  };
  const server = await serveWaiting(addressOf(env), `${message}; the log says what is wrong`);
  try {
    print(message);
    return await untilValid(file, look, stopped);
  } finally {
    await server.stop();
  }
}

async function untilValid(
  file: string,
  look: () => Promise<Loaded | null>,
  stopped: Promise<unknown>,
): Promise<Loaded | null> {
  let settle: (loaded: Loaded) => void = () => undefined;
  const found = new Promise<Loaded>((resolve) => {
    settle = resolve;
  });
  const watcher = new ConfigWatcher({
    path: file,
    recheckMs: RECHECK_MS,
    onChange: async () => {
      const loaded = await look();
      if (loaded !== null) settle(loaded);
    },
    onError: (error) => printError(`${file} can't be watched: ${readFailure(error)}`),
  });
  // The watch takes what is there for seen: it is looked at once when the watch stands.
  const first = watcher.start().then(look);
  try {
    const ended = stopped.then(() => null);
    return (await Promise.race([first, ended])) ?? (await Promise.race([found, ended]));
  } finally {
    await watcher.stop();
  }
}

/** By the environment, as in the image: what the config says isn't known yet. */
function addressOf(env: WaitRequest['env']): { readonly host: string; readonly port: number } {
  const port = Number(env.QGUARDARR__GLOBAL__PORT || PORT);
  const isPort = Number.isInteger(port) && port >= 1 && port <= 65_535;
  return { host: env.QGUARDARR__GLOBAL__HOST || HOST, port: isPort ? port : PORT };
}

/** For its owner only: a password will stand in it. False when something stands there, or nothing can be written. */
async function writeFirstConfig(file: string): Promise<boolean> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, FIRST_CONFIG, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    // Of the folder it means that a file is in its place.
    if (code === 'EEXIST' && syscall !== 'mkdir') return false;
    printError(
      `${file} can't be written (${code}): put your config there, or let this user write to the folder`,
    );
    return false;
  }
}
