/**
 * One qbittorrent-nox of its own, with its own profile, on the loopback only. It may run inside another
 * system's root (`installation`), which is how versions other than the installed one are tested; its folder must
 * then be visible inside at the same path.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Child } from './child.ts';
import type { Installation } from './installation.ts';
import { waitFor } from './wait-for.ts';
import { WebApi } from './web-api.ts';

export interface QbittorrentOptions {
  /** Made if it isn't there; profile and content go into it. */
  readonly folder: string;
  readonly webUiPort: number;
  readonly peerPort: number;
  /** All torrents together, KiB/s; 0: no limit. It plays the part of the line. */
  readonly downloadLineKib?: number;
  /** Of its statistics, ms; qBittorrent's own default is 1500. */
  readonly refreshIntervalMs?: number;
  /** Default: the qbittorrent-nox on the PATH. */
  readonly installation?: Pick<Installation, 'executable' | 'rootFolder'>;
  /** More keys of its config's [BitTorrent] section, without `Session\`. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
}

export class Qbittorrent {
  readonly api: WebApi;
  readonly webUiPort: number;
  /** Where torrents' content is. */
  readonly contentFolder: string;
  readonly #options: QbittorrentOptions;
  #child: Child | null = null;

  constructor(options: QbittorrentOptions) {
    this.#options = options;
    this.api = new WebApi(options.webUiPort);
    this.webUiPort = options.webUiPort;
    this.contentFolder = path.join(options.folder, 'content');
  }

  /** Resolves with the version once the WebUI answers. */
  async start(): Promise<string> {
    const { folder, installation, webUiPort } = this.#options;
    const profile = path.join(folder, 'profile');
    const configFolder = path.join(profile, 'qBittorrent', 'config');
    await mkdir(configFolder, { recursive: true });
    await mkdir(this.contentFolder, { recursive: true });
    await writeFile(path.join(configFolder, 'qBittorrent.conf'), configFile(this.#options));

    const executable = installation?.executable ?? 'qbittorrent-nox';
    const command = [executable, `--profile=${profile}`, `--webui-port=${webUiPort}`];
    if (installation?.rootFolder) command.unshift('chroot', installation.rootFolder);
    const [program = '', ...args] = command;
    const child = new Child(program, args, { cwd: folder });
    this.#child = child;
    try {
      return await waitFor('the WebUI of qbittorrent-nox', 30_000, async () => {
        if (child.exit !== null) throw new Error(`it exited with ${child.exit.code}`);
        return this.api.version();
      });
    } catch (error) {
      throw new Error(`qbittorrent-nox didn't start; it wrote:\n${child.output}`, { cause: error });
    }
  }

  get peerPort(): number {
    return this.#options.peerPort;
  }

  /** Of the process that runs; null when none does. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  async stop(): Promise<void> {
    // Nothing in its profile is needed again, and an orderly end would first tell every tracker.
    await this.#child?.kill('SIGKILL');
    this.#child = null;
  }
}

/**
 * Keys that the swarm can't do without: trackers on the loopback are refused under SSRFMitigation, and upload
 * limits spare local peers unless IgnoreLimitsOnLAN is off. Keys a version doesn't know are ignored by it.
 */
function configFile(options: QbittorrentOptions): string {
  const session: Record<string, string | number | boolean> = {
    Port: options.peerPort,
    Interface: 'lo',
    InterfaceName: 'lo',
    InterfaceAddress: '127.0.0.1',
    SSRFMitigation: false,
    IgnoreLimitsOnLAN: false,
    uTPRateLimited: true,
    IncludeOverheadInLimits: false,
    BTProtocol: 'TCP',
    MultiConnectionsPerIp: true,
    BlockPeersOnPrivilegedPorts: false,
    Encryption: 2,
    DHTEnabled: false,
    LSDEnabled: false,
    PeXEnabled: false,
    QueueingSystemEnabled: false,
    Preallocation: false,
    MaxConnections: -1,
    MaxConnectionsPerTorrent: -1,
    MaxUploads: -1,
    MaxUploadsPerTorrent: -1,
    MaxConcurrentHTTPAnnounces: 100,
    GlobalDLSpeedLimit: options.downloadLineKib ?? 0,
    RefreshInterval: options.refreshIntervalMs ?? 1500,
    AddTorrentPaused: false,
    AddTorrentStopped: false,
    ...options.settings,
  };
  const lines = [
    '[LegalNotice]',
    'Accepted=true',
    '[BitTorrent]',
    ...Object.entries(session).map(([key, value]) => `Session\\${key}=${value}`),
    '[Network]',
    'PortForwardingEnabled=false',
    '[Preferences]',
    'General\\Locale=en',
    'WebUI\\Address=127.0.0.1',
    `WebUI\\Port=${options.webUiPort}`,
    'WebUI\\LocalHostAuth=false',
    'WebUI\\UseUPnP=false',
  ];
  return `${lines.join('\n')}\n`;
}
