/**
 * The whole service, over HTTP, on a simulated qBittorrent, in virtual time: a minute passes in about a second. One at
 * a time in a process.
 */
import { request } from 'node:http';
import { stringify } from 'yaml';
import { createBus } from '../../src/bus.ts';
import { loadConfig } from '../../src/config/load.ts';
import { MemoryJournal } from '../../src/journal/memory-journal.ts';
import { createClient } from '../../src/service/limits/create-client.ts';
import type { Operations } from '../../src/service/operations.ts';
import { Service } from '../../src/service/service.ts';
import { createOperations } from '../../src/service/service-operations.ts';
import { Simulator } from '../../src/simulator/simulator.ts';
import type { SwarmOptions } from '../../src/simulator/swarm-options.ts';
import { freePorts } from './real-swarm/free-ports.ts';
import { VirtualTime } from './virtual-time.ts';

const MIB = 1024 * 1024;
const WINDOW_S = 10;

export interface VirtualServiceOptions {
  /** Announce host to cap, B/s; everything else is unlimited. */
  readonly caps: Readonly<Record<string, number>>;
  readonly swarm: Pick<SwarmOptions, 'torrents' | 'restIsCalled'> & Partial<SwarmOptions>;
  readonly global?: Readonly<Record<string, unknown>>;
}

export class VirtualService {
  readonly simulator: Simulator;
  readonly #time: VirtualTime;
  readonly #port: number;
  readonly #journal = new MemoryJournal();
  #config: Pick<VirtualServiceOptions, 'caps' | 'global'>;
  #run: Pick<VirtualService, 'service' | 'operations'> | null = null;
  /** By host, what its torrents uploaded in each second until now, bytes. */
  readonly #uploads = new Map<string, number[]>();
  readonly #before = new Map<string, number>();

  private constructor(time: VirtualTime, port: number, { swarm, ...config }: VirtualServiceOptions) {
    this.#time = time;
    this.#port = port;
    this.#config = config;
    this.simulator = new Simulator({
      port,
      now: () => Date.now(),
      swarm: { seed: 1, linkBps: 50 * MIB, ...swarm },
    });
  }

  static async with(
    options: VirtualServiceOptions,
    body: (world: VirtualService) => Promise<void>,
  ): Promise<void> {
    const [port = 0] = await freePorts(1);
    const time = new VirtualTime();
    const world = new VirtualService(time, port, options);
    try {
      await world.simulator.start();
      await world.#start();
      await body(world);
      await world.#stop();
    } finally {
      await world.simulator.stop();
      time.restore();
    }
  }

  get service(): Service {
    return this.#running.service;
  }

  get operations(): Operations {
    return this.#running.operations;
  }

  get #running(): Pick<VirtualService, 'service' | 'operations'> {
    if (this.#run === null) throw new Error('no service was started');
    return this.#run;
  }

  /** Another run of the service, on the same journal and qBittorrent. */
  async restart(): Promise<void> {
    await this.#stop();
    await this.#start();
  }

  /** Puts other settings in force, as a reload does. */
  async reconfigure(config: Partial<Pick<VirtualServiceOptions, 'caps' | 'global'>>): Promise<void> {
    this.#config = { ...this.#config, ...config };
    await this.operations.reloadConfig();
  }

  async #start(): Promise<void> {
    const time = this.#time;
    const load = () =>
      loadConfig({
        path: 'virtual.yaml',
        env: {},
        dotenvPath: null,
        readFile: async () => configYaml(this.#port, this.#config),
      });
    const loaded = await load();
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
    const bus = createBus((name, error) => {
      throw new Error(`a listener of ${name} failed`, { cause: error });
    });
    const { clock } = time;
    const service = new Service({
      config: loaded.config,
      createClient: (wanted, hooks) => time.watched(createClient(wanted, hooks)),
      journal: time.watched(this.#journal),
      bus,
      clock,
    });
    const operations = createOperations({
      service,
      journal: this.#journal,
      bus,
      clock,
      version: '0.0.0-test',
      loadConfig: load,
    });
    service.start();
    this.#run = { service, operations };
  }

  async #stop(): Promise<void> {
    const stopped = this.service.stop();
    await this.#time.pass(10_000);
    await stopped;
  }

  /** Info-hashes, in the order of the torrents. */
  get hashes(): string[] {
    return [...this.simulator.swarm.torrents.keys()];
  }

  /** How often limits were set. */
  get writes(): number {
    return this.simulator.calls.get('torrents/setUploadLimit') ?? 0;
  }

  /** The limits in force in qBittorrent, in the order of the torrents; 0 for none. */
  get limits(): number[] {
    return [...this.simulator.swarm.torrents.values()].map(({ limit }) => limit.wire);
  }

  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await this.#time.pass(1_000);
      for (const [host, bytes] of this.simulator.uploadedByTracker()) {
        const list = this.#uploads.get(host) ?? [];
        this.#uploads.set(host, list);
        list.push(bytes - (this.#before.get(host) ?? 0));
        this.#before.set(host, bytes);
      }
    }
  }

  /** The largest mean over 10 s that lies within the last so many seconds, B/s. */
  worst10(host: string, lastSeconds: number): number {
    const uploads = (this.#uploads.get(host) ?? []).slice(-lastSeconds);
    let worst = 0;
    for (let from = 0; from + WINDOW_S <= uploads.length; from += 1) {
      const bytes = uploads.slice(from, from + WINDOW_S).reduce((sum, each) => sum + each, 0);
      worst = Math.max(worst, bytes / WINDOW_S);
    }
    return worst;
  }

  /** The WebUI's own endpoint, as a user calls it. */
  async post(endpoint: string, fields: Readonly<Record<string, string>>): Promise<void> {
    const body = new URLSearchParams(fields).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    // Not `fetch`: its timers don't take virtual time.
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(
        {
          host: '127.0.0.1',
          port: this.#port,
          path: `/api/v2/${endpoint}`,
          method: 'POST',
          headers,
          agent: false,
        },
        (answer) => answer.resume().once('end', () => resolve(answer.statusCode)),
      )
        .once('error', reject)
        .end(body);
    });
    if (status !== 200) throw new Error(`${endpoint}: expected 200, got ${status}`);
  }
}

function configYaml(
  port: number,
  { caps, global = {} }: Pick<VirtualServiceOptions, 'caps' | 'global'>,
): string {
  const trackers = Object.entries(caps).map(([host, cap]) => ({
    id: host.split('.')[0],
    pattern: `.*${host.replaceAll('.', '\\.')}.*`,
    max_upload_speed: cap,
  }));
  return stringify({
    global,
    qbittorrent: { host: '127.0.0.1', port, timeout: 10 },
    trackers: [...trackers, { id: 'default', pattern: '.*', max_upload_speed: -1 }],
  });
}
