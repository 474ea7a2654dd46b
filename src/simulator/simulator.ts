import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { DemandProgram } from './demand.ts';
import type { SimulatedVersion } from './endpoints.ts';
import { ApiRefusal, readRequest, sendAnswer } from './exchange.ts';
import { defaultPreferences, type Preferences } from './preferences.ts';
import { type Credentials, Sessions } from './sessions.ts';
import { Swarm, type SwarmOptions } from './swarm.ts';
import type { TorrentSpec } from './torrent.ts';
import { WebApi } from './web-api.ts';

const TICK_MS = 100;

export interface SimulatorOptions {
  /** The swarm; it starts at the clock's time now unless it says otherwise. */
  readonly swarm: SwarmOptions;
  /** On 127.0.0.1; 0 (default) takes any free one. */
  readonly port?: number;
  /** Unix ms; default the machine's clock. With a clock of your own the swarm lives on at each request. */
  readonly now?: () => number;
  readonly credentials?: Credentials;
  /** Default 5.1.0; 5.3.0 keeps data for programs, too. */
  readonly version?: SimulatedVersion;
  /** No log-in from this machine; default true. */
  readonly bypassLocalAuth?: boolean;
}

/** A qBittorrent that isn't there: its WebAPI on 127.0.0.1, over a simulated swarm in real time. */
export class Simulator {
  readonly #options: SimulatorOptions;
  readonly #now: () => number;
  readonly #swarm: Swarm;
  readonly #sessions: Sessions;
  readonly #preferences: Preferences;
  readonly #webApi: WebApi;
  #server: Server | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** @throws InvalidDemandError, DuplicateTorrentError */
  constructor(options: SimulatorOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#swarm = new Swarm({ startMs: this.#now(), ...options.swarm });
    const credentials = options.credentials ?? { username: 'admin', password: 'adminadmin' };
    this.#sessions = new Sessions(credentials);
    this.#preferences = defaultPreferences(options.port ?? 0, options.swarm.refreshIntervalMs ?? 1500);
    this.#preferences.bypass_local_auth = options.bypassLocalAuth ?? true;
    this.#preferences.web_ui_username = credentials.username;
    this.#webApi = new WebApi(this.#swarm, this.#sessions, this.#preferences, options.version);
  }

  /** The truth behind the API: bytes really moved, rates of this moment. */
  get swarm(): Swarm {
    return this.#swarm;
  }

  /** What programs keep in the client, by name. */
  get clientData(): Map<string, unknown> {
    return this.#webApi.clientData;
  }

  /** Requests by endpoint (`torrents/setUploadLimit`), refused ones included. */
  get calls(): ReadonlyMap<string, number> {
    return this.#webApi.calls;
  }

  /** Rejects with the system's error when the port is taken. */
  async start(): Promise<{ readonly url: string; readonly port: number }> {
    const server = createServer((incoming, outgoing) => void this.#serve(incoming, outgoing));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#options.port ?? 0, '127.0.0.1', resolve);
    });
    this.#server = server;
    this.#timer = setInterval(() => this.#swarm.advance(this.#now()), TICK_MS);
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    this.#preferences.web_ui_port = port;
    return { url: `http://127.0.0.1:${port}`, port };
  }

  /** Ends timer, server and open connections. Nothing happens when it isn't running. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  /** @throws InvalidDemandError, DuplicateTorrentError. Returns the info-hash. */
  addTorrent(spec: TorrentSpec): string {
    this.#swarm.advance(this.#now());
    return this.#swarm.addTorrent(spec);
  }

  /** Returns whether there was one. */
  removeTorrent(hash: string): boolean {
    this.#swarm.advance(this.#now());
    return this.#swarm.removeTorrent(hash);
  }

  /** @throws InvalidDemandError. Returns whether there is such a torrent. */
  setDemand(hash: string, program: DemandProgram): boolean {
    this.#swarm.advance(this.#now());
    return this.#swarm.setDemand(hash, program);
  }

  /** Ends all sessions, so that the next call without a bypass answers 403. */
  endSessions(): void {
    this.#sessions.closeAll();
  }

  /** Bytes really moved until now, by the host of the torrent's first tracker ('' for none). */
  uploadedByTracker(): Map<string, number> {
    this.#swarm.advance(this.#now());
    return this.#swarm.uploadedByTracker();
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      sendAnswer(this.#webApi.answer(await readRequest(incoming), this.#now()), outgoing);
    } catch (error) {
      // A caller that hung up in the middle of its request; or a body past the limit.
      if (outgoing.destroyed) return;
      const status = error instanceof ApiRefusal ? error.status : 500;
      sendAnswer({ status, body: error instanceof Error ? error.message : String(error) }, outgoing);
    }
  }
}
