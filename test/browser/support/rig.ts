/** The built service on a simulated qBittorrent, and a browser that looks at its dashboard. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { DEMO_CAPS_BPS, demoSwarm } from '../../../src/simulator/demo-swarm.ts';
import { Simulator } from '../../../src/simulator/simulator.ts';
import { Child } from '../../support/real-swarm/child.ts';
import { freePorts } from '../../support/real-swarm/free-ports.ts';
import { waitFor } from '../../support/real-swarm/wait-for.ts';
import { launchChromium } from './chromium.ts';

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const SCREENSHOTS = fileURLToPath(new URL('../../../browser-results/', import.meta.url));

/** A name that would run, if it were taken for markup anywhere. */
export const HOSTILE_NAME = '<img src=x onerror="console.error(1)"><script>console.error(2)</script>&amp;';
export const API_KEY = 'a-key-for-the-browser-tests';

type Fields = Readonly<Record<string, unknown>>;

export interface RigOptions {
  readonly global?: Fields;
  readonly rollout?: Fields;
}

export class BrowserRig {
  readonly simulator: Simulator;
  readonly url: string;
  readonly browser: Browser;
  readonly configFile: string;
  readonly #folder: string;
  readonly #port: number;
  readonly #qbittorrentPort: number;
  #options: RigOptions;
  #child: Child | null = null;

  private constructor(
    parts: { readonly simulator: Simulator; readonly browser: Browser; readonly folder: string },
    ports: { readonly own: number; readonly qbittorrent: number },
    options: RigOptions,
  ) {
    this.simulator = parts.simulator;
    this.browser = parts.browser;
    this.#folder = parts.folder;
    this.#port = ports.own;
    this.#qbittorrentPort = ports.qbittorrent;
    this.#options = options;
    this.url = `http://127.0.0.1:${ports.own}`;
    this.configFile = path.join(parts.folder, 'qguardarr.yaml');
  }

  static async with(options: RigOptions, body: (rig: BrowserRig) => Promise<void>): Promise<void> {
    if (!existsSync(MAIN)) throw new Error(`there is no ${MAIN}: run "npm run build" first`);
    const swarm = demoSwarm(7);
    const simulator = new Simulator({ swarm });
    simulator.addTorrent({
      name: HOSTILE_NAME,
      trackers: swarm.torrents[0]?.trackers ?? [],
      demand: { kind: 'constant', bps: 50_000_000 },
    });
    const browser = await launchChromium();
    const folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-browser-'));
    const { port: qbittorrent } = await simulator.start();
    const [own = 0] = await freePorts(1);
    const rig = new BrowserRig({ simulator, browser, folder }, { own, qbittorrent }, options);
    try {
      await rig.startService();
      await body(rig);
    } finally {
      await browser.close();
      await rig.stopService();
      await simulator.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }

  async startService(): Promise<void> {
    await this.configure({});
    this.#child = new Child(process.execPath, [MAIN, 'run', '--config', this.configFile], {
      cwd: this.#folder,
    });
    const child = this.#child;
    await waitFor(`GET /health to be 200; output: ${child.output}`, 30_000, async () =>
      (await fetch(`${this.url}/health`, { headers: { 'X-Api-Key': API_KEY } })).ok ? true : undefined,
    );
  }

  async stopService(): Promise<void> {
    const exit = await this.#child?.kill('SIGTERM', 10_000);
    this.#child = null;
    if (exit !== undefined) assert.is(exit.code, 0, 'the service ends in good order, with pages open');
  }

  /** Writes the config file; a service that runs sees it by itself. */
  async configure(change: RigOptions, text: (yaml: string) => string = (yaml) => yaml): Promise<void> {
    this.#options = { ...this.#options, ...change };
    await writeFile(this.configFile, text(stringify(this.#config())));
  }

  #config(): Fields {
    const trackers = Object.entries(DEMO_CAPS_BPS).map(([host, cap]) => ({
      id: host.split('.')[1],
      name: host,
      pattern: `.*${host.replaceAll('.', '\\.')}.*`,
      max_upload_speed: cap,
    }));
    return {
      global: { host: '127.0.0.1', port: this.#port, control_interval: 1, ...this.#options.global },
      qbittorrent: { host: '127.0.0.1', port: this.#qbittorrentPort, password: 'do-not-show-this' },
      trackers: [...trackers, { id: 'default', pattern: '.*', max_upload_speed: -1 }],
      rollback: { database_path: './journal.db' },
      rollout: { steps: [], ...this.#options.rollout },
      auth: { api_key: API_KEY },
    };
  }

  /** A page, watched: what the console, the network or the page itself complains of is in `complaints`. */
  async open(
    hash = '#/',
    options: BrowserContextOptions = {},
  ): Promise<{ readonly page: Page; readonly complaints: string[] }> {
    const context = await this.browser.newContext({ viewport: { width: 1360, height: 900 }, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => complaints.push(`page: ${error.message}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(this.url)) complaints.push(`asked elsewhere: ${request.url()}`);
    });
    await page.goto(`${this.url}/${hash}`);
    return { page, complaints };
  }

  /** The limit that the simulated qBittorrent really has for the torrent, B/s; 0 for none. */
  limitOf(name: string): number {
    for (const torrent of this.simulator.swarm.torrents.values()) {
      if (torrent.spec.name === name) return torrent.limit.wire;
    }
    throw new Error(`no torrent is called ${name}`);
  }

  /** All limits in the simulated qBittorrent, by info-hash. */
  get limits(): ReadonlyMap<string, number> {
    return new Map([...this.simulator.swarm.torrents].map(([hash, { limit }]) => [hash, limit.wire]));
  }

  async get<T = Record<string, unknown>>(route: string): Promise<T> {
    return (await (await fetch(`${this.url}${route}`)).json()) as T;
  }
}

/** Until the expression holds in the page; asked through the debugger, as the page's policy forbids eval. */
export async function until(page: Page, expression: string): Promise<void> {
  await waitFor(expression, 30_000, async () => ((await page.evaluate(expression)) ? true : undefined));
}

/** Into the folder that isn't committed. */
export async function screenshot(page: Page, name: string, fullPage = true): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage, animations: 'disabled' });
}
