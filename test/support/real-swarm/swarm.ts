/**
 * A whole swarm on the loopback: an HTTP tracker, a seeder (which the service is to limit) and a leecher, whose
 * own download limits are the demand. Everything it starts and writes is gone when `withSwarm` returns.
 */
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { freePorts } from './free-ports.ts';
import { GroundTruth } from './ground-truth.ts';
import { HttpTracker } from './http-tracker.ts';
import { type Installation, installationFromEnvironment, leecherParentFolder } from './installation.ts';
import { Qbittorrent, type QbittorrentOptions } from './qbittorrent.ts';
import { RecordingProxy } from './recording-proxy.ts';
import { Service, type ServiceConfig } from './service.ts';
import { makeSparseFile, makeTorrentFile, type TorrentFile } from './torrent-file.ts';
import { waitFor } from './wait-for.ts';

/** Large enough not to finish in a test, at the rates that caps allow. */
const TORRENT_BYTES = 2 * 1024 ** 3;

/** The line, KiB/s: bounds what reaches the disk while nothing limits the seeder. */
const LINE_KIB = 12 * 1024;

/** Under the runner's limit of 600 s for a file, which ends in a SIGKILL that would orphan the clients. */
const DEADLINE_MS = 540_000;

const SEEDING: ReadonlySet<string> = new Set(['stalledUP', 'uploading']);

export interface SwarmOptions {
  /** What the seeder is. Default: the one that the environment names. */
  readonly seeder?: Installation;
  readonly deadlineMs?: number;
  /** What the leecher gets is written below it. Default: memory, where there is room. */
  readonly leecherParent?: string;
  /** For measuring only: more settings of either client. */
  readonly seederSettings?: QbittorrentOptions['settings'];
  readonly leecherSettings?: QbittorrentOptions['settings'];
}

export interface SwarmTorrent {
  readonly tracker: string;
  readonly file: TorrentFile;
  readonly infoHash: string;
}

export class Swarm {
  /** For the config and data of the service under test. */
  readonly serviceFolder: string;
  readonly seeder: Qbittorrent;
  readonly leecher: Qbittorrent;
  readonly groundTruth: GroundTruth;
  /** What the service takes for the seeder's WebUI. The harness itself goes around it. */
  readonly proxy: RecordingProxy;
  readonly #tracker: HttpTracker;
  readonly #servicePort: number;
  readonly #services: Service[] = [];
  #torrentsMade = 0;

  constructor(
    folders: { readonly seeder: string; readonly leecher: string },
    trackers: readonly string[],
    ports: readonly number[],
    options: Required<Pick<SwarmOptions, 'seeder'>> & SwarmOptions,
  ) {
    const [
      trackerPort = 0,
      seederWeb = 0,
      seederPeer = 0,
      leecherWeb = 0,
      leecherPeer = 0,
      proxyPort = 0,
      servicePort = 0,
    ] = ports;
    this.#servicePort = servicePort;
    this.serviceFolder = path.join(folders.seeder, 'service');
    this.#tracker = new HttpTracker(trackerPort, trackers);
    this.seeder = new Qbittorrent({
      folder: path.join(folders.seeder, 'seeder'),
      webUiPort: seederWeb,
      peerPort: seederPeer,
      installation: options.seeder,
      ...(options.seederSettings === undefined ? {} : { settings: options.seederSettings }),
    });
    this.leecher = new Qbittorrent({
      folder: path.join(folders.leecher, 'leecher'),
      webUiPort: leecherWeb,
      peerPort: leecherPeer,
      downloadLineKib: LINE_KIB,
      refreshIntervalMs: 100,
      ...(options.leecherSettings === undefined ? {} : { settings: options.leecherSettings }),
    });
    this.groundTruth = new GroundTruth(this.leecher.api);
    this.proxy = new RecordingProxy(proxyPort, seederWeb);
  }

  /** Resolves with the seeder's version. */
  async start(): Promise<string> {
    await mkdir(this.serviceFolder);
    await Promise.all([this.#tracker.start(), this.proxy.start()]);
    const [version] = await Promise.all([this.seeder.start(), this.leecher.start()]);
    return version;
  }

  /** Ends it all; goes on past failures. */
  async stop(): Promise<void> {
    await Promise.allSettled([this.groundTruth.stop()]);
    await Promise.allSettled(this.#services.map((service) => service.stop('SIGKILL')));
    await Promise.allSettled([this.seeder.stop(), this.leecher.stop()]);
    await Promise.allSettled([this.#tracker.stop(), this.proxy.stop()]);
  }

  /** A service for this swarm's seeder, not yet started. All of them share one port: run one at a time. */
  service(config: Omit<ServiceConfig, 'port' | 'qbittorrentPort'>): Service {
    const service = new Service(this.serviceFolder, {
      ...config,
      port: this.#servicePort,
      qbittorrentPort: this.proxy.port,
    });
    this.#services.push(service);
    return service;
  }

  /** A further service for the same seeder, with a folder and a port of its own: both may run at the same time. */
  async anotherService(config: Omit<ServiceConfig, 'port' | 'qbittorrentPort'>): Promise<Service> {
    const [port = 0] = await freePorts(1);
    const folder = `${this.serviceFolder}-${this.#services.length}`;
    await mkdir(folder, { recursive: true });
    const service = new Service(folder, { ...config, port, qbittorrentPort: this.proxy.port });
    this.#services.push(service);
    return service;
  }

  /**
   * Adds a new torrent to the seeder, complete. Announce URLs alternate between both places for the passkey.
   * @param uploadLimitBps the user's own limit; 0: none
   */
  async seed(tracker: string, uploadLimitBps = 0): Promise<SwarmTorrent> {
    const torrent = await this.make(tracker);
    await this.seedMade(torrent, uploadLimitBps);
    return torrent;
  }

  /**
   * A torrent that no client has yet.
   * @param sizeBytes a multiple of 1 MiB; should be more than its leecher will get
   */
  async make(tracker: string, sizeBytes = TORRENT_BYTES): Promise<SwarmTorrent> {
    this.#torrentsMade += 1;
    const form = this.#torrentsMade % 2 === 0 ? 'path' : 'query';
    const passkey = `0123456789abcdef0123456789abc${String(this.#torrentsMade).padStart(3, '0')}`;
    const announceUrl = this.#tracker.announceUrl(tracker, passkey, form);
    const file = makeTorrentFile(`${tracker}-${this.#torrentsMade}`, sizeBytes, announceUrl);
    await makeSparseFile(path.join(this.seeder.contentFolder, file.name), file.sizeBytes);
    return { tracker, file, infoHash: file.infoHash };
  }

  async seedMade(torrent: SwarmTorrent, uploadLimitBps = 0): Promise<void> {
    await this.seedAllMade([torrent], uploadLimitBps);
  }

  /** In one call. @param uploadLimitBps the user's own limit of each; 0: none */
  async seedAllMade(torrents: readonly SwarmTorrent[], uploadLimitBps = 0): Promise<void> {
    await this.seeder.api.addTorrents(
      torrents.map(({ file }) => file),
      { savePath: this.seeder.contentFolder, seedMode: true, uploadLimitBps },
    );
    await waitFor(
      `the seeder to seed ${torrents[0]?.file.name}`,
      30_000 + 100 * torrents.length,
      async () => {
        const states = new Map((await this.seeder.api.torrents()).map(({ hash, state }) => [hash, state]));
        return torrents.every(({ infoHash }) => SEEDING.has(states.get(infoHash) ?? '')) ? true : undefined;
      },
    );
  }

  /** @param demandBps what the leecher takes of it at most; 0: everything it can get */
  async leech(torrent: SwarmTorrent, demandBps = 0): Promise<void> {
    await this.leecher.api.addTorrent(torrent.file.name, torrent.file.bytes, {
      savePath: this.leecher.contentFolder,
      downloadLimitBps: demandBps,
    });
  }

  /** @param demandBps as in `leech` */
  async setDemand(torrent: SwarmTorrent, demandBps: number): Promise<void> {
    await this.leecher.api.setDownloadLimit([torrent.infoHash], demandBps);
  }

  /** The upload limit that the seeder has for it, B/s; 0: none. */
  async uploadLimitOf(torrent: SwarmTorrent): Promise<number> {
    const limit = (await this.seeder.api.uploadLimits()).get(torrent.infoHash);
    if (limit === undefined) throw new Error(`the seeder doesn't have ${torrent.file.name}`);
    return limit;
  }
}

/** Runs `body` in a new swarm and cleans up after it, whatever happens. Rejects as `body` does, or at the deadline. */
export async function withSwarm(
  trackers: readonly string[],
  body: (swarm: Swarm) => Promise<void>,
  options: SwarmOptions = {},
): Promise<void> {
  const seeder = options.seeder ?? installationFromEnvironment();
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  const folders = {
    seeder: await mkdtemp(path.join(seeder.sharedFolder, 'real-swarm-')),
    leecher: await mkdtemp(path.join(options.leecherParent ?? leecherParentFolder(), 'real-swarm-leecher-')),
  };
  const swarm = new Swarm(folders, trackers, await freePorts(7), { ...options, seeder });
  // On Ctrl-C or a crash: child.ts has killed the clients by then.
  const removeFolders = (): void => {
    for (const folder of Object.values(folders))
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once('exit', removeFolders);
  let timer: NodeJS.Timeout | undefined;
  try {
    await swarm.start();
    await Promise.race([
      body(swarm),
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`took more than ${deadlineMs / 1000} s`)), deadlineMs);
      }),
    ]);
  } finally {
    clearTimeout(timer);
    await swarm.stop();
    removeFolders();
    process.off('exit', removeFolders);
  }
}
