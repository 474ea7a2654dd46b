/**
 * The whole service, without HTTP before it, on a simulated qBittorrent over HTTP. Its timers are slow, so that
 * only what a test asks for happens; the simulator's statistics move every 200 ms.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { type Bus, createBus } from '../../src/bus.ts';
import { type LoadResult, loadConfig } from '../../src/config/load.ts';
import type { EventName, Events } from '../../src/events.ts';
import { MemoryJournal } from '../../src/journal/memory-journal.ts';
import type { Journal } from '../../src/journal/records.ts';
import type { QbittorrentClient } from '../../src/qbittorrent/client.ts';
import { type Clock, systemClock } from '../../src/service/clock.ts';
import { createClient } from '../../src/service/limits/create-client.ts';
import type { Operations } from '../../src/service/operations.ts';
import { MemoryRolloutStore } from '../../src/service/rollout/rollout-store.ts';
import { Service } from '../../src/service/service.ts';
import { createOperations } from '../../src/service/service-operations.ts';
import type { ServiceParts } from '../../src/service/service-parts.ts';
import { Simulator } from '../../src/simulator/simulator.ts';
import type { TorrentSpec } from '../../src/simulator/torrent.ts';
import { freePorts } from './real-swarm/free-ports.ts';
import { TappedJournal } from './tapped-journal.ts';
import type { VirtualTime } from './virtual-time.ts';

export const MIB = 1024 * 1024;
const REFRESH_MS = 200;

type Fields = Record<string, unknown>;

export interface RigOptions {
  /** Announce host to cap, B/s, -1 for none; everything else is unlimited. */
  readonly caps: Readonly<Record<string, number>>;
  /** The catch-all's cap, B/s; default -1, none. */
  readonly catchAllCap?: number;
  readonly torrents: readonly TorrentSpec[];
  readonly global?: Fields;
  readonly rollout?: Fields;
  readonly journal?: Journal;
  readonly linkBps?: number;
  /** Of the simulated client; default 5.1.0. */
  readonly version?: ConstructorParameters<typeof Simulator>[0]['version'];
  /** A simulated client that another rig started; this one neither starts nor stops it. */
  readonly sharedWith?: Rig;
  readonly clock?: Clock;
  /** All of it goes by this time, which passes only when the test lets it. With `stopped`: nothing is waited for. */
  readonly time?: VirtualTime;
  readonly pauses?: ServiceParts['pauses'];
  /** qBittorrent wants a login, which the config has; default false. */
  readonly wantsLogin?: boolean;
  /** Without starting the service. */
  readonly stopped?: boolean;
}

/** Idle torrents of one tracker that may wake: each gets the tracker's guard limit. */
export function sleepers(host: string, count: number, uploadLimitWire = 0): TorrentSpec[] {
  return Array.from({ length: count }, (_, n) => ({
    name: `${host} ${uploadLimitWire} ${n}`,
    trackers: [`https://${host}/passkey0123456789/announce`],
    demand: { kind: 'none' as const },
    leechersKnown: 5,
    uploadLimitWire,
  }));
}

/** One run of the service: until it is stopped, or dies. */
export interface Run {
  readonly service: Service;
  readonly operations: Operations;
  readonly bus: Bus;
  readonly journal: TappedJournal;
  /** Everything that the bus told, oldest first. */
  readonly told: readonly { readonly name: EventName; readonly event: Events[EventName] }[];
  /** As a crash does: from now on it reaches neither qBittorrent nor the journal. */
  die(): void;
}

export class Rig {
  readonly simulator: Simulator;
  readonly port: number;
  readonly journal: Journal;
  /** Outlives each run, as the journal does. */
  readonly rollouts = new MemoryRolloutStore();
  readonly #options: RigOptions;
  readonly #runs: Run[] = [];
  #config: Fields;

  private constructor(options: RigOptions, port: number) {
    this.#options = options;
    this.port = port;
    this.journal = options.journal ?? new MemoryJournal();
    const { torrents, linkBps = 50 * MIB, wantsLogin = false } = options;
    this.simulator =
      options.sharedWith?.simulator ??
      new Simulator({
        port,
        bypassLocalAuth: !wantsLogin,
        swarm: { seed: 7, torrents, linkBps, refreshIntervalMs: REFRESH_MS },
        ...(options.version === undefined ? {} : { version: options.version }),
      });
    this.#config = {
      global: {
        control_interval: 60,
        update_interval: 86_400,
        calls_per_second: 200,
        ...options.global,
      },
      qbittorrent: {
        host: '127.0.0.1',
        port,
        timeout: 5,
        ...(wantsLogin ? { username: 'admin', password: 'adminadmin' } : {}),
      },
      rollout: options.rollout ?? {},
      trackers: trackersFor(options.caps, options.catchAllCap),
    };
  }

  static async with(options: RigOptions, body: (rig: Rig) => Promise<void>): Promise<void> {
    const { sharedWith } = options;
    const [port = 0] = sharedWith === undefined ? await freePorts(1) : [sharedWith.port];
    const rig = new Rig(options, port);
    try {
      if (sharedWith === undefined) await rig.simulator.start();
      if (options.stopped !== true) {
        await rig.startService();
        await rig.next('cycle:finished');
      }
      await body(rig);
    } finally {
      for (const { service } of rig.#runs) await service.stop();
      if (sharedWith === undefined) await rig.simulator.stop();
    }
  }

  /** The latest run of the service. */
  get run(): Run {
    const last = this.#runs.at(-1);
    if (last === undefined) throw new Error('no service was started');
    return last;
  }

  get service(): Service {
    return this.run.service;
  }

  get operations(): Operations {
    return this.run.operations;
  }

  get hashes(): string[] {
    return [...this.simulator.swarm.torrents.keys()];
  }

  /** The limits really in force in qBittorrent, in the order of the torrents. */
  get limits(): number[] {
    return [...this.simulator.swarm.torrents.values()].map((torrent) => torrent.limit.wire);
  }

  get writes(): number {
    return this.simulator.calls.get('torrents/setUploadLimit') ?? 0;
  }

  /** The user's own hand, past Qguardarr. */
  setByHand(index: number, wire: number): void {
    const hash = this.hashes[index];
    if (hash !== undefined) this.simulator.swarm.setUploadLimit([hash], wire, Date.now());
  }

  /** qBittorrent takes calls for this torrent and leaves its limit as it is, until the returned function is called. */
  refuseLimitsOf(hash: string): () => void {
    const { swarm } = this.simulator;
    swarm.setUploadLimit = (hashes, wire, nowMs) =>
      Object.getPrototypeOf(swarm).setUploadLimit.call(
        swarm,
        [...hashes].filter((one) => one !== hash),
        wire,
        nowMs,
      );
    return () => Reflect.deleteProperty(swarm, 'setUploadLimit');
  }

  /** A further run on the same journal and qBittorrent. Returns when it is started, not when it has looked. */
  async startService(): Promise<Run> {
    const loaded = await this.load();
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
    const { config } = loaded;
    const { time, clock = time?.clock ?? systemClock, pauses } = this.#options;
    const state = { dead: false };
    const clients: QbittorrentClient[] = [];
    const told: Run['told'][number][] = [];
    const bus = createBus((name, error) => {
      throw new Error(`a listener of ${name} failed`, { cause: error });
    });
    bus.onAny((name, event) => told.push({ name, event }));
    const journal = new TappedJournal(this.journal);
    const service = new Service({
      config,
      journal,
      rolloutStore: this.rollouts,
      bus,
      clock,
      ...(pauses === undefined ? {} : { pauses }),
      createClient: (wanted, hooks) => {
        const client = createClient(wanted, hooks);
        clients.push(client);
        if (state.dead) client.close();
        return time?.watched(client) ?? client;
      },
    });
    const operations = createOperations({
      service,
      journal,
      bus,
      clock,
      version: '0.0.0-test',
      loadConfig: () => this.load(),
    });
    const die = () => {
      state.dead = true;
      for (const client of clients) client.close();
      journal.die();
    };
    const run: Run = { service, operations, bus, journal, told, die };
    this.#runs.push(run);
    service.start();
    return run;
  }

  /** Ends the present run in good order and begins another. */
  async restart(): Promise<Run> {
    await this.service.stop();
    return await this.startService();
  }

  /** What the next reload and the next run find. @param changes of the global section */
  configure(changes: Fields, caps: Readonly<Record<string, number>> = this.#options.caps): void {
    const before = this.#config.global as Fields;
    this.#config = {
      ...this.#config,
      global: { ...before, ...changes },
      trackers: trackersFor(caps, this.#options.catchAllCap),
    };
  }

  /** As `configure`, of the qbittorrent section. */
  configureQbittorrent(changes: Fields): void {
    this.#config = { ...this.#config, qbittorrent: { ...(this.#config.qbittorrent as Fields), ...changes } };
  }

  load(): Promise<LoadResult> {
    const yaml = stringify(this.#config);
    return loadConfig({ path: 'rig.yaml', env: {}, readFile: async () => yaml, dotenvPath: null });
  }

  /** The next event of this name on the present run's bus. Rejects after 30 s. */
  next<Name extends EventName>(
    name: Name,
    accepts: (event: Events[Name]) => boolean = () => true,
  ): Promise<Events[Name]> {
    const { bus } = this.run;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${name} within 30 s`)), 30_000);
      const unsubscribe = bus.on(name, (event) => {
        if (!accepts(event)) return;
        clearTimeout(timer);
        unsubscribe();
        resolve(event);
      });
    });
  }

  /** Events of this name so far in the present run. */
  count(name: EventName): number {
    return this.run.told.filter((entry) => entry.name === name).length;
  }

  /** Until the sync data shows what was written. */
  async shown(): Promise<void> {
    await sleep(REFRESH_MS + 50);
  }

  /** A cycle that sees what was written before. */
  async cycle(): Promise<Fields> {
    await this.shown();
    return await this.operations.forceCycle();
  }
}

/** Waits for something that no event tells of. Rejects after 30 s. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  const until = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > until) throw new Error(`not within 30 s: ${what}`);
    await sleep(20);
  }
}

function trackersFor(caps: Readonly<Record<string, number>>, catchAllCap = -1): Fields[] {
  const capped = Object.entries(caps).map(([host, cap]) => ({
    id: host.split('.')[0],
    pattern: `.*${host.replaceAll('.', '\\.')}.*`,
    max_upload_speed: cap,
  }));
  return [...capped, { id: 'default', pattern: '.*', max_upload_speed: catchAllCap }];
}
