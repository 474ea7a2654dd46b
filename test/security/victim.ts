/** The built service as it runs for a user, with a simulated qBittorrent behind it and attackers before it. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { Simulator } from '../../src/simulator/simulator.ts';
import { Child } from '../support/real-swarm/child.ts';
import { freePorts } from '../support/real-swarm/free-ports.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { Receiver } from './receiver.ts';

export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const MIB = 1024 * 1024;

export const API_KEY = 'the-key-that-attackers-want-5521';
/** A name of this machine that isn't loopback: whoever uses it is a stranger. */
export const STRANGER = { Host: 'seedbox:8089' };
/** Runs, if it is taken for markup anywhere. */
export const MARKUP = '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>';
/** Begins a line of its own, and clears the screen, if it can. */
export const LOG_FORGERY =
  'x\n{"level":"fatal","msg":"forged-line"}\r\u001b[2Jforged-screen\u2028forged-separator\u202e';

type Fields = Readonly<Record<string, unknown>>;

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly ms: number;
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: string;
}

export class Victim {
  readonly simulator: Simulator;
  readonly receiver = new Receiver();
  readonly port: number;
  readonly folder: string;
  readonly #qbittorrentPort: number;
  readonly #host: string;
  #child: Child | null = null;

  private constructor(
    simulator: Simulator,
    folder: string,
    port: number,
    qbittorrentPort: number,
    host: string,
  ) {
    this.#host = host;
    this.simulator = simulator;
    this.folder = folder;
    this.port = port;
    this.#qbittorrentPort = qbittorrentPort;
  }

  /** @param host what it listens on */
  static async with(body: (victim: Victim) => Promise<void>, host = '127.0.0.1'): Promise<void> {
    if (!existsSync(MAIN)) throw new Error(`there is no ${MAIN}: run "npm run build" first`);
    const trackers = ['https://tracker.example/0123456789abcdef0123456789abcdef/announce'];
    const demand = { kind: 'constant', bps: 4 * MIB } as const;
    const names = ['plain', MARKUP, LOG_FORGERY];
    const simulator = new Simulator({
      swarm: { seed: 1, linkBps: 40 * MIB, torrents: names.map((name) => ({ name, trackers, demand })) },
    });
    const { port: qbittorrentPort } = await simulator.start();
    const folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-security-'));
    const [port = 0] = await freePorts(1);
    const victim = new Victim(simulator, folder, port, qbittorrentPort, host);
    try {
      await victim.receiver.start();
      await victim.#start();
      await body(victim);
    } finally {
      await victim.#child?.kill('SIGTERM');
      await victim.receiver.stop();
      await simulator.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get configFile(): string {
    return path.join(this.folder, 'qguardarr.yaml');
  }

  /** All that the service printed, and its log file. */
  async logs(): Promise<string> {
    const file = await readFile(path.join(this.folder, 'service.log'), 'utf8').catch(() => '');
    return `${this.#child?.output ?? ''}\n${file}`;
  }

  /** Of the service's process now, MiB. */
  async residentMib(): Promise<number> {
    const status = await readFile(`/proc/${this.#child?.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
  }

  /** What the service's process has used of the processor, ms. */
  async cpuMs(): Promise<number> {
    const stat = await readFile(`/proc/${this.#child?.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Ticks of 10 ms, of the user's code and of the system's.
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  /** How much the memory of the service grew at most while `body` ran, MiB. */
  async growthWhile(body: () => Promise<void>): Promise<number> {
    const before = await this.residentMib();
    let most = before;
    const look = async () => {
      most = Math.max(most, await this.residentMib());
    };
    const watch = setInterval(() => void look().catch(() => undefined), 20);
    try {
      await body();
      await look();
    } finally {
      clearInterval(watch);
    }
    return Math.round(most - before);
  }

  /** Upload limits that qBittorrent has, by torrent name. */
  get limits(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      [...this.simulator.swarm.torrents.values()].map((torrent) => [torrent.spec.name, torrent.limit.wire]),
    );
  }

  /** Until there is something that a rollback would give back. */
  async untilManaged(): Promise<void> {
    await waitFor('limits', 30_000, async () =>
      Object.values(this.limits).some((limit) => limit > 0) ? true : undefined,
    );
  }

  /** The config with other `auth` and more, in force when this resolves. Rejects when it is refused. */
  async configure(auth: Fields = {}, more: Fields = {}): Promise<void> {
    await writeFile(this.configFile, stringify(this.#config(auth, more)));
    const { status, text } = await this.ask('POST', '/config/reload', {
      json: {},
      headers: { 'X-Api-Key': API_KEY },
    });
    if (status !== 200) throw new Error(`the config was refused: ${text}`);
  }

  #config(auth: Fields, more: Fields): Fields {
    return {
      global: { host: this.#host, port: this.port, control_interval: 0.5 },
      qbittorrent: {
        host: '127.0.0.1',
        port: this.#qbittorrentPort,
        username: 'admin',
        password: 'adminadmin',
      },
      trackers: [
        { id: 'example', pattern: '.*tracker\\.example.*', max_upload_speed: 2 * MIB },
        { id: 'default', pattern: '.*', max_upload_speed: -1 },
      ],
      auth: { api_key: API_KEY, ...auth },
      rollback: { database_path: './data/journal.db' },
      logging: { level: 'DEBUG', file: './service.log' },
      notifications: { targets: [{ type: 'webhook', url: `${this.receiver.url}/token` }], min_interval: 1 },
      ...more,
    };
  }

  async #start(): Promise<void> {
    await writeFile(this.configFile, stringify(this.#config({}, {})));
    const child = new Child(process.execPath, [MAIN, 'run', '--config', this.configFile], {
      cwd: this.folder,
    });
    this.#child = child;
    await waitFor(`GET /health to be 200; output: ${child.output}`, 30_000, async () =>
      (await this.ask('GET', '/health')).status === 200 ? true : undefined,
    );
  }

  /** One request on a connection of its own, its path as it is. Loopback is who asks, unless Host says otherwise. */
  ask(method: string, route: string, { headers = {}, json, body }: AskOptions = {}): Promise<Reply> {
    const bytes = json === undefined ? (body ?? '') : JSON.stringify(json);
    const all = {
      ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(bytes === '' ? {} : { 'Content-Length': String(Buffer.byteLength(bytes)) }),
      ...headers,
    };
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      const outgoing = request(
        { host: '127.0.0.1', port: this.port, method, path: route, headers: all, agent: false },
        (response) => {
          let text = '';
          response
            .setEncoding('utf8')
            .on('data', (chunk) => {
              text += chunk;
            })
            .on('error', reject)
            .on('end', () => {
              const { statusCode: status = 0, headers: got } = response;
              resolve({ status, headers: got, text, ms: performance.now() - startedAt });
            });
        },
      );
      outgoing.setTimeout(30_000, () => outgoing.destroy(new Error('no answer in 30 s')));
      outgoing.on('error', reject).end(bytes);
    });
  }
}
