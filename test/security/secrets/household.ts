/** A service with secrets planted wherever users have them, and everything that comes out of it kept. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { Simulator } from '../../../src/simulator/simulator.ts';
import { Child } from '../../support/real-swarm/child.ts';
import { freePorts } from '../../support/real-swarm/free-ports.ts';
import { waitFor } from '../../support/real-swarm/wait-for.ts';
import { Receiver } from '../receiver.ts';
import { KeyedProxy } from './keyed-proxy.ts';
import { PLANTED, type SecretName } from './planted.ts';

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const CRASH_HOOK = new URL('./crash-hook.mjs', import.meta.url).href;
const MIB = 1024 * 1024;

/** Something that came out of the service, or that it left behind. */
export interface Piece {
  readonly from: string;
  readonly text: string;
  /** What it is meant to hold. */
  readonly meant: readonly SecretName[];
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: string;
}

export class Household {
  readonly pieces: Piece[] = [];
  readonly simulator: Simulator;
  readonly receiver = new Receiver();
  readonly folder: string;
  readonly #port: number;
  #proxy: KeyedProxy | null = null;
  #service: Child | null = null;

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.#port = port;
    const trackers = [
      `https://tracker.example/${PLANTED['passkey in the path']}/announce`,
      `https://joe:${PLANTED['password in an announce URL']}@second.example/announce?passkey=${PLANTED['passkey in the query']}`,
    ];
    this.simulator = new Simulator({
      swarm: {
        seed: 1,
        linkBps: 40 * MIB,
        torrents: trackers.map((url, n) => ({
          name: `torrent ${n}`,
          trackers: [url],
          demand: { kind: 'constant', bps: 4 * MIB },
        })),
      },
      credentials: { username: 'admin', password: PLANTED["qBittorrent's password"] },
      bypassLocalAuth: false,
    });
  }

  static async with(body: (household: Household) => Promise<void>): Promise<void> {
    const [port = 0] = await freePorts(1);
    const household = new Household(await mkdtemp(path.join(tmpdir(), 'qguardarr-secrets-')), port);
    try {
      const { port: qbittorrentPort } = await household.simulator.start();
      household.#proxy = new KeyedProxy(
        PLANTED["a key in the path of qBittorrent's address"],
        qbittorrentPort,
      );
      await household.#proxy.start();
      await household.receiver.start();
      await writeFile(path.join(household.folder, 'qbittorrent-password'), PLANTED["qBittorrent's password"]);
      await writeFile(path.join(household.folder, 'own-key'), `${PLANTED['the API key']}\n`);
      await household.configure();
      await body(household);
    } finally {
      await household.#service?.kill('SIGTERM');
      await household.#proxy?.stop();
      await household.receiver.stop();
      await household.simulator.stop();
      await rm(household.folder, { recursive: true, force: true });
    }
  }

  async stopProxy(): Promise<void> {
    await this.#proxy?.stop();
    this.#proxy = null;
  }

  get environment(): NodeJS.ProcessEnv {
    return {
      QBIT_PASSWORD_FILE: './qbittorrent-password',
      QGUARDARR_API_KEY_FILE: './own-key',
      QGUARDARR_CONFIG: './qguardarr.yaml',
      NODE_OPTIONS: `--import ${CRASH_HOOK}`,
      PLANTED_CRASH: [
        PLANTED['passkey in the path'],
        PLANTED["qBittorrent's password"],
        PLANTED['the API key'],
        `${this.receiver.url}/hook/${PLANTED['the token of a webhook']}`,
      ].join('\n'),
    };
  }

  /** @param change what to put in place of a part of the valid text */
  async configure(change: (yaml: string) => string = (yaml) => yaml): Promise<void> {
    const { host } = new URL(this.receiver.url);
    const targets = [
      { type: 'webhook', url: `http://${host}/hook/${PLANTED['the token of a webhook']}` },
      { type: 'discord', url: `http://${host}/api/webhooks/1/${PLANTED['the token of a Discord webhook']}` },
      {
        type: 'apprise',
        url: `http://joe:${PLANTED['the password of an Apprise URL']}@${host}/notify/${PLANTED['the key of an Apprise URL']}`,
      },
    ];
    const yaml = stringify({
      global: {
        host: '127.0.0.1',
        port: this.#port,
        control_interval: 0.5,
        base_path: `/${PLANTED['a key in the path of our own address']}`,
      },
      auth: { trust_loopback: true },
      qbittorrent: {
        host: `http://127.0.0.1${this.#proxy?.prefix}`,
        port: this.#proxy?.port,
        username: 'admin',
        password: `\${QBIT_PASSWORD}`,
      },
      trackers: [
        { id: 'example', pattern: '.*tracker\\.example.*', max_upload_speed: 2 * MIB },
        { id: 'second', pattern: '.*second\\.example.*', max_upload_speed: MIB },
        { id: 'default', pattern: '.*', max_upload_speed: -1 },
      ],
      cross_seed: {
        api_key: PLANTED["cross-seed's key"],
        enabled: true,
        url: `http://${host}/cross/${PLANTED["a key in the path of cross-seed's address"]}?apikey=${PLANTED['a key in a URL of the config']}`,
      },
      rollback: { database_path: './data/journal.db' },
      logging: { level: 'DEBUG', file: './service.log' },
      notifications: { targets, min_interval: 1 },
    });
    await writeFile(path.join(this.folder, 'qguardarr.yaml'), change(yaml));
  }

  async start(): Promise<Child> {
    const child = new Child(process.execPath, [MAIN, 'run'], {
      cwd: this.folder,
      environment: this.environment,
    });
    this.#service = child;
    await waitFor(`the service to be healthy; output: ${child.output}`, 30_000, async () =>
      (await this.ask('GET', '/health')).startsWith('HTTP 200') ? true : undefined,
    );
    return child;
  }

  /** Runs a command to its end, whatever comes of it, and keeps its output. */
  async command(...args: readonly string[]): Promise<void> {
    const child = new Child(process.execPath, [MAIN, ...args], {
      cwd: this.folder,
      environment: this.environment,
    });
    const { code } = await child.exited;
    const shown = args.map((arg) => arg.replace(/https?:.*/, 'URL')).join(' ');
    this.keep(`qguardarr ${shown} (exit ${code})`, child.output);
  }

  /** Asks and keeps the answer, head and body. A stream is read for a second. */
  ask(
    method: string,
    route: string,
    options: AskOptions = {},
    meant: readonly SecretName[] = [],
  ): Promise<string> {
    const { headers = {}, json, body } = options;
    const bytes = json === undefined ? (body ?? '') : JSON.stringify(json);
    const type = json === undefined ? {} : { 'Content-Type': 'application/json' };
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port: this.#port,
          method,
          path: route,
          headers: {
            ...type,
            ...(bytes === '' ? {} : { 'Content-Length': Buffer.byteLength(bytes) }),
            ...headers,
          },
          agent: false,
        },
        (response) => {
          let text = `HTTP ${response.statusCode}\n${response.rawHeaders.join('\n')}\n\n`;
          const isStream = String(response.headers['content-type']).startsWith('text/event-stream');
          if (isStream) setTimeout(() => response.destroy(), 1_000);
          response
            .setEncoding('utf8')
            .on('data', (chunk) => {
              text += chunk;
            })
            .on('error', () => undefined)
            .on('close', () => {
              this.keep(`${method} ${route.split('?', 1)}`, text, [...meant, ...inCookiesOf(route)]);
              resolve(text);
            });
        },
      );
      outgoing.on('error', reject).end(bytes);
    });
  }

  keep(from: string, text: string, meant: readonly SecretName[] = []): void {
    this.pieces.push({ from, text, meant });
  }

  /** What lies in the folder now, but for what the user put there. */
  async keepFiles(): Promise<void> {
    const own = new Set(['qguardarr.yaml', 'qbittorrent-password', 'own-key']);
    const entries = await readdir(this.folder, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((each) => each.isFile() && !own.has(each.name))) {
      const file = path.join(entry.parentPath, entry.name);
      const isForCurl = entry.name.endsWith('.webhook.curl');
      this.keep(
        path.relative(this.folder, file),
        await readFile(file, 'latin1'),
        isForCurl ? ['the API key', "a key in the path of the webhook's address"] : [],
      );
    }
  }
}

/** A cookie is for a path: that by which the browser came. */
function inCookiesOf(route: string): readonly SecretName[] {
  return /^\/log(in|out)\b/.test(route) ? ['a key in the path of our own address'] : [];
}
