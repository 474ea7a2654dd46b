/**
 * The command line as its users run it: a process of its own, in a folder of its own, with nothing of this
 * process's Qguardarr environment. Secrets are planted in all that it reads; its output is searched for them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { Simulator } from '../../src/simulator/simulator.ts';
import { freePorts } from '../support/real-swarm/free-ports.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';

export const MIB = 1024 * 1024;
export const SECRETS = {
  password: 'planted-password-7391',
  wrongPassword: 'planted-wrong-password-55',
  passkey: 'plantedpasskey0123456789abcdef0123',
  crossSeedKey: 'planted-cross-seed-key-8224',
  apiKey: 'planted-api-key-6110',
  notificationToken: 'planted-notification-token-3305',
} as const;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Bundled once from the sources: a process then starts in a third of the time. Below node_modules, to find packages. */
const MAIN = path.join(ROOT, `node_modules/.cache/qguardarr-test/main-${process.pid}.mjs`);
await build({
  entryPoints: [path.join(ROOT, 'src/main.ts')],
  outfile: MAIN,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'warning',
});
/** A passing test ends at once; on a machine that is busy a process may take long. */
const WITHIN_MS = 30_000;

const children = new Set<ChildProcess>();
process.once('exit', () => {
  rmSync(MAIN, { force: true });
  for (const child of children) child.kill('SIGKILL');
});

/** A qBittorrent with three torrents under one tracker; the second has a limit of its own. */
export function swarmOf(): ConstructorParameters<typeof Simulator>[0]['swarm'] {
  const trackers = [`https://tracker.example/${SECRETS.passkey}/announce`];
  const demand = { kind: 'constant', bps: 4 * MIB } as const;
  const torrents = [
    { name: 'one', trackers, demand },
    { name: 'two', trackers, demand, uploadLimitWire: 300 * 1024 },
    { name: 'three', trackers, demand },
  ];
  return { seed: 1, linkBps: 40 * MIB, torrents };
}

export function simulator(options: Partial<ConstructorParameters<typeof Simulator>[0]> = {}): Simulator {
  return new Simulator({
    swarm: swarmOf(),
    credentials: { username: 'admin', password: SECRETS.password },
    ...options,
  });
}

/** Upload limits as the simulator has them, by torrent name. */
export function limitsOf(simulated: Simulator): Record<string, number> {
  return Object.fromEntries(
    [...simulated.swarm.torrents.values()].map((torrent) => [torrent.spec.name, torrent.limit.wire]),
  );
}

export interface ConfigChoices {
  readonly qbittorrentPort: number;
  readonly port: number;
  readonly capBps?: number;
  readonly password?: string;
  /** Laid over the sections of the same name. */
  readonly global?: Record<string, unknown>;
  readonly qbittorrent?: Record<string, unknown>;
  readonly rollback?: Record<string, unknown>;
  readonly logging?: Record<string, unknown>;
  readonly auth?: Record<string, unknown>;
  readonly notifications?: Record<string, unknown>;
  readonly crossSeed?: Record<string, unknown>;
}

export function configYaml(choices: ConfigChoices): string {
  const { qbittorrentPort, port, capBps = 2 * MIB, password = SECRETS.password } = choices;
  return stringify({
    global: { host: '127.0.0.1', port, control_interval: 0.5, ...choices.global },
    qbittorrent: {
      host: '127.0.0.1',
      port: qbittorrentPort,
      username: 'admin',
      password,
      timeout: 30,
      ...choices.qbittorrent,
    },
    cross_seed: { api_key: SECRETS.crossSeedKey, ...choices.crossSeed },
    trackers: [
      { id: 'example', pattern: '.*tracker\\.example.*', max_upload_speed: capBps },
      { id: 'default', pattern: '.*', max_upload_speed: -1 },
    ],
    auth: { api_key: SECRETS.apiKey, ...choices.auth },
    rollback: { database_path: './data/journal.db', ...choices.rollback },
    logging: { ...choices.logging },
    notifications: { ...choices.notifications },
  });
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process under way. */
export class Run {
  readonly ended: Promise<Outcome>;
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;

  /** @param input on standard input, which then ends */
  constructor(args: readonly string[], folder: string, environment: Record<string, string>, input = '') {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('QGUARDARR')),
    );
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: folder,
      env: { ...env, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    children.add(child);
    // A command that refuses it early doesn't read the rest.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.stdout.on('data', (chunk: Buffer) => {
      this.stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      this.stderr += chunk;
    });
    this.ended = new Promise((resolve) => {
      child.once('close', (code) => {
        children.delete(child);
        resolve({ code, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends SIGTERM; returns how it ended and how long that took. No planted secret may be in its output. */
  async stop(): Promise<Outcome & { readonly ms: number }> {
    const startedAt = performance.now();
    this.kill('SIGTERM');
    const outcome = await this.ended;
    assertNoSecrets(outcome.stdout + outcome.stderr);
    return { ...outcome, ms: performance.now() - startedAt };
  }

  /** Resolves when the output, all of it, has the text. */
  async says(text: string | RegExp, withinMs = WITHIN_MS): Promise<void> {
    try {
      await waitFor(`the output to have ${text}`, withinMs, async () => {
        const output = this.stdout + this.stderr;
        const has = typeof text === 'string' ? output.includes(text) : text.test(output);
        return has ? true : undefined;
      });
    } catch (error) {
      throw new Error(`output:\n${this.stdout}\n${this.stderr}`, { cause: error });
    }
  }
}

export function assertNoSecrets(text: string): void {
  for (const [name, secret] of Object.entries(SECRETS)) {
    assert.not.ok(text.includes(secret), `${name} in: ${text}`);
  }
}

/** One line on stderr, the program's name first, and no stack trace anywhere. */
export function assertOneLine(outcome: Outcome, message: RegExp): void {
  assert.match(outcome.stderr, message);
  assert.is(outcome.stderr.trimEnd().split('\n').length, 1, outcome.stderr);
  assert.match(outcome.stderr, /^qguardarr: /);
  assert.not.match(outcome.stdout + outcome.stderr, /\n\s+at /);
}

/** A folder to run in, with a config. Everything started in it ends with it. */
export class Bench {
  readonly folder: string;
  readonly port: number;
  readonly #runs: Run[] = [];

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
  }

  static async make(): Promise<Bench> {
    const [port = 0] = await freePorts(1);
    return new Bench(await mkdtemp(path.join(tmpdir(), 'qguardarr-cli-')), port);
  }

  /** For its owner only, as a file with secrets should be. */
  async write(file: string, text: string): Promise<void> {
    await writeFile(path.join(this.folder, file), text, { mode: 0o600 });
  }

  /** Writes q.yaml, which every command without `--config` of its own is given. */
  async configure(choices: Omit<ConfigChoices, 'port'>): Promise<void> {
    await this.write('q.yaml', configYaml({ ...choices, port: this.port }));
  }

  start(args: readonly string[] = ['run'], environment: Record<string, string> = {}, input = ''): Run {
    const run = new Run(args, this.folder, { QGUARDARR_CONFIG: 'q.yaml', ...environment }, input);
    this.#runs.push(run);
    return run;
  }

  /** Runs a command to its end. No planted secret may be in its output. */
  async command(
    args: readonly string[],
    environment: Record<string, string> = {},
    input = '',
  ): Promise<Outcome> {
    const outcome = await this.start(args, environment, input).ended;
    assertNoSecrets(outcome.stdout + outcome.stderr);
    return outcome;
  }

  /** A running service that answers. */
  async serve(environment: Record<string, string> = {}): Promise<Run> {
    const run = this.start(['run'], environment);
    await run.says(/serves http/);
    return run;
  }

  async get(route: string): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`http://127.0.0.1:${this.port}${route}`);
    return { status: response.status, text: await response.text() };
  }

  /** Resolves with the answer of /health once it has that status and matches. */
  async health(status: number, text = /./, withinMs = WITHIN_MS): Promise<string> {
    let last = '';
    try {
      return await waitFor(`/health to be ${status} with ${text}`, withinMs, async () => {
        const health = await this.get('/health');
        last = `${health.status} ${health.text}`;
        return health.status === status && text.test(health.text) ? health.text : undefined;
      });
    } catch (error) {
      throw new Error(`last: ${last}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    for (const run of this.#runs) run.kill('SIGKILL');
    await Promise.all(this.#runs.map((run) => run.ended));
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Runs the work with a folder and, unless it says otherwise, a qBittorrent; closes both whatever happens. */
export async function withBench(
  work: (bench: Bench, simulated: Simulator, qbittorrentPort: number) => Promise<void>,
  simulated = simulator(),
): Promise<void> {
  const bench = await Bench.make();
  try {
    const { port } = await simulated.start();
    await bench.configure({ qbittorrentPort: port });
    await work(bench, simulated, port);
  } finally {
    await bench.close();
    await simulated.stop();
  }
}

/** Runs the service until every torrent without a limit of its own has one, then kills it. */
export async function leaveLimits(bench: Bench, simulated: Simulator): Promise<void> {
  const run = await bench.serve();
  await waitFor('limits', 30_000, async () => {
    const limits = limitsOf(simulated);
    return (limits.one ?? 0) > 0 && (limits.three ?? 0) > 0 ? true : undefined;
  });
  run.kill('SIGKILL');
  await run.ended;
}
