/** The built service as its users run it: a process, a config file, signals, HTTP and the command line. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { Strategy } from '../../../src/control/types.ts';
import { Child, type Exit } from './child.ts';
import { waitFor } from './wait-for.ts';

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

export interface ServiceConfig {
  readonly qbittorrentPort: number;
  /** Its own HTTP port. */
  readonly port: number;
  /** Caps by tracker, B/s; -1: unlimited. A catch-all without a cap is added. */
  readonly caps: Readonly<Record<string, number>>;
  /** Tells this run's journal from those of other runs in the same folder. */
  readonly journal?: string;
  readonly dryRun?: boolean;
  readonly controlIntervalSeconds?: number;
  /** Default: equal. */
  readonly strategy?: Strategy;
  /** By tracker, 1..10; default 5. */
  readonly priorities?: Readonly<Record<string, number>>;
  /** 0..1; default: the service's own. */
  readonly maxBorrowFraction?: number;
  /** How many changes the journal keeps; default: the service's own. */
  readonly maxChanges?: number;
  /** 0..100; default 100. */
  readonly rolloutPercentage?: number;
}

/** The YAML that a user would write for these trackers of the loopback. */
export function configYaml(config: ServiceConfig): string {
  const trackers = Object.entries(config.caps).map(([id, cap]) => ({
    id,
    pattern: `127\\.0\\.0\\.1[^/]*/${id}/.*`,
    max_upload_speed: cap,
    priority: config.priorities?.[id] ?? 5,
  }));
  return stringify({
    global: {
      host: '127.0.0.1',
      port: config.port,
      update_interval: 30,
      control_interval: config.controlIntervalSeconds ?? 2,
      allocation_strategy: config.strategy ?? 'equal',
      ...(config.maxBorrowFraction === undefined ? {} : { max_borrow_fraction: config.maxBorrowFraction }),
      rollout_percentage: config.rolloutPercentage ?? 100,
      dry_run: config.dryRun ?? false,
      dry_run_store_path: './dry-run-limits.json',
    },
    qbittorrent: { host: '127.0.0.1', port: config.qbittorrentPort, username: '', password: '', timeout: 10 },
    trackers: [...trackers, { id: 'default', pattern: '.*', max_upload_speed: -1, priority: 1 }],
    rollback: {
      database_path: `./${config.journal ?? 'journal'}.db`,
      ...(config.maxChanges === undefined ? {} : { max_changes: config.maxChanges }),
    },
    logging: { level: 'DEBUG' },
  });
}

export class Service {
  readonly configFile: string;
  readonly #folder: string;
  #config: ServiceConfig;
  #child: Child | null = null;

  /** @param folder its working directory: config, journal and logs go there */
  constructor(folder: string, config: ServiceConfig) {
    this.#folder = folder;
    this.#config = config;
    this.configFile = path.join(folder, 'qguardarr.yaml');
  }

  /** Writes the config file and starts the process; doesn't wait for it. */
  async spawn(): Promise<void> {
    if (!existsSync(MAIN)) throw new Error(`there is no ${MAIN}: run "npm run build" first`);
    await writeFile(this.configFile, configYaml(this.#config));
    this.#child = this.#run(['run', '--config', this.configFile]);
  }

  /** Starts it and resolves once GET /health is 200. Rejects with its output after 20 s, or when it exits. */
  async start(): Promise<void> {
    await this.spawn();
    const child = this.#child;
    let last = 'no answer';
    try {
      await waitFor('GET /health to be 200', 30_000, async () => {
        if (child === null || child.exit !== null) return 'exited';
        const response = await fetch(this.#url('/health'));
        last = `${response.status} ${await response.text()}`;
        return response.ok ? 'ready' : undefined;
      });
      if (child?.exit) throw new Error(`it exited with ${child.exit.code}`);
    } catch (error) {
      throw new Error(`the service didn't start; /health: ${last}; output:\n${this.output}`, {
        cause: error,
      });
    }
  }

  /** Edits the config file, as a user would; a service that runs sees it by itself. */
  async rewrite(change: Partial<Omit<ServiceConfig, 'port' | 'qbittorrentPort'>>): Promise<void> {
    this.#config = { ...this.#config, ...change };
    await writeFile(this.configFile, configYaml(this.#config));
  }

  /** Of the process that runs; null when none does. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Sends the signal and waits for the end. Does nothing when it isn't running. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM', patienceMs = 10_000): Promise<Exit | null> {
    const exit = (await this.#child?.kill(signal, patienceMs)) ?? null;
    this.#child = null;
    return exit;
  }

  /** What the process now running has written so far. */
  get output(): string {
    return this.#child?.output ?? '';
  }

  /** GET, decoded JSON. Rejects unless 2xx. */
  async get(route: string): Promise<Record<string, unknown>> {
    return this.#answer(route, await fetch(this.#url(route), { signal: AbortSignal.timeout(10_000) }));
  }

  /** POST with a JSON body, decoded JSON. Rejects unless 2xx. */
  async post(route: string, body: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const response = await fetch(this.#url(route), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    return this.#answer(route, response);
  }

  /** POST as a form, which is what `curl -d` sends from qBittorrent's "run external program". */
  async postForm(route: string, fields: Record<string, string>): Promise<Record<string, unknown>> {
    const response = await fetch(this.#url(route), { method: 'POST', body: new URLSearchParams(fields) });
    return this.#answer(route, response);
  }

  /** Runs another command of the command line with this config, beside or instead of the service. */
  async command(...args: string[]): Promise<Exit & { readonly output: string }> {
    const child = this.#run([...args, '--config', this.configFile]);
    const impatience = setTimeout(() => void child.kill('SIGKILL'), 30_000);
    const exit = await child.exited;
    clearTimeout(impatience);
    return { ...exit, output: child.output };
  }

  #run(args: readonly string[]): Child {
    return new Child(process.execPath, [MAIN, ...args], { cwd: this.#folder });
  }

  #url(route: string): string {
    return `http://127.0.0.1:${this.#config.port}${route}`;
  }

  async #answer(route: string, response: Response): Promise<Record<string, unknown>> {
    const text = await response.text();
    if (!response.ok) throw new Error(`${route}: expected 2xx, got ${response.status} ${text}`);
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null)
      throw new Error(`${route}: expected an object, got ${text}`);
    return { ...body };
  }
}
