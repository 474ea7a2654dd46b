/**
 * qBittorrent's WebUI API, as far as the harness drives it: written apart from the product's own client, so
 * that a mistake there can't hide behind the same mistake here.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { PathReporter } from 'io-ts/lib/PathReporter.js';

const TorrentInfo = t.type({
  hash: t.string,
  name: t.string,
  state: t.string,
  up_limit: t.number,
  downloaded: t.number,
  uploaded_session: t.number,
});
export type TorrentInfo = t.TypeOf<typeof TorrentInfo>;

/** What changed since the answer before; everything at first. */
const DownloadCounters = t.type({
  rid: t.number,
  torrents: t.union([t.undefined, t.record(t.string, t.partial({ downloaded: t.number }))]),
  torrents_removed: t.union([t.undefined, t.array(t.string)]),
});
export type DownloadCounters = t.TypeOf<typeof DownloadCounters>;

export interface AddOptions {
  readonly savePath: string;
  readonly stopped?: boolean;
  /** Takes the content for complete, unchecked. */
  readonly seedMode?: boolean;
  /** B/s, 0: no limit. */
  readonly uploadLimitBps?: number;
  /** B/s, 0: no limit. */
  readonly downloadLimitBps?: number;
}

export class WebApiError extends Error {
  override readonly name = 'WebApiError';
}

export class WebApi {
  readonly #base: string;

  /** @param port of the WebUI on 127.0.0.1, with its log-in bypass for localhost on */
  constructor(port: number) {
    this.#base = `http://127.0.0.1:${port}/api/v2`;
  }

  async version(): Promise<string> {
    return (await this.#request('app/version')).trim();
  }

  async addTorrent(name: string, bytes: Buffer, options: AddOptions): Promise<void> {
    await this.addTorrents([{ name, bytes }], options);
  }

  /** In one call, all with the same options. */
  async addTorrents(
    files: readonly { readonly name: string; readonly bytes: Buffer }[],
    options: AddOptions,
  ): Promise<void> {
    const form = new FormData();
    for (const { name, bytes } of files)
      form.append('torrents', new Blob([new Uint8Array(bytes)]), `${name}.torrent`);
    form.set('savepath', options.savePath);
    form.set('autoTMM', 'false');
    if (options.seedMode) {
      // 5.3 renamed the parameter, and an unknown one is ignored in silence: send both.
      form.set('skip_checking', 'true');
      form.set('seedMode', 'true');
    }
    if (options.stopped) {
      // Renamed in 5.0.
      form.set('paused', 'true');
      form.set('stopped', 'true');
    }
    if (options.uploadLimitBps) form.set('upLimit', String(options.uploadLimitBps));
    if (options.downloadLimitBps) form.set('dlLimit', String(options.downloadLimitBps));
    const answer = await this.#request('torrents/add', form);
    // 4.5 and 5.1 say "Fails." with status 200.
    if (answer.startsWith('Fails')) {
      const names = files.map(({ name }) => name).join(', ');
      throw new WebApiError(`torrents/add refused ${names}: ${answer}`);
    }
  }

  async torrents(): Promise<TorrentInfo[]> {
    return decode(t.array(TorrentInfo), 'torrents/info', await this.#request('torrents/info'));
  }

  /** @returns up_limit by info-hash, B/s, 0 for no limit */
  async uploadLimits(): Promise<Map<string, number>> {
    return new Map((await this.torrents()).map((torrent) => [torrent.hash, torrent.up_limit]));
  }

  /** @param limitBps 0: no limit */
  async setUploadLimit(hashes: readonly string[], limitBps: number): Promise<void> {
    await this.#post('torrents/setUploadLimit', { hashes: hashes.join('|'), limit: String(limitBps) });
  }

  /** @param limitBps 0: no limit */
  async setDownloadLimit(hashes: readonly string[], limitBps: number): Promise<void> {
    await this.#post('torrents/setDownloadLimit', { hashes: hashes.join('|'), limit: String(limitBps) });
  }

  /** Stops torrents. Before 5.0 only, as `resume`: both were renamed then. */
  async pause(hashes: readonly string[]): Promise<void> {
    await this.#post('torrents/pause', { hashes: hashes.join('|') });
  }

  /** Starts torrents that are stopped. */
  async resume(hashes: readonly string[]): Promise<void> {
    await this.#post('torrents/resume', { hashes: hashes.join('|') });
  }

  /** As `pause` and `resume`, in whatever version. */
  async stop(hashes: readonly string[]): Promise<void> {
    await this.#post('torrents/stop', { hashes: hashes.join('|') }).catch(() => this.pause(hashes));
  }

  async start(hashes: readonly string[]): Promise<void> {
    await this.#post('torrents/start', { hashes: hashes.join('|') }).catch(() => this.resume(hashes));
  }

  /** Peers of this machine to connect to at once, without waiting for an announce. */
  async addPeer(hashes: readonly string[], peerPort: number): Promise<void> {
    await this.#post('torrents/addPeers', { hashes: hashes.join('|'), peers: `127.0.0.1:${peerPort}` });
  }

  /** The torrents, and what they have on disk. */
  async delete(hashes: readonly string[]): Promise<void> {
    await this.#post('torrents/delete', { hashes: hashes.join('|'), deleteFiles: 'true' });
  }

  /** @param rid of the answer before; 0: everything */
  async downloadCounters(rid: number): Promise<DownloadCounters> {
    return decode(DownloadCounters, 'sync/maindata', await this.#request(`sync/maindata?rid=${rid}`));
  }

  /** All torrents together, B/s; 0: no limit. */
  async setGlobalUploadLimit(limitBps: number): Promise<void> {
    await this.#post('transfer/setUploadLimit', { limit: String(limitBps) });
  }

  async #post(path: string, fields: Record<string, string>): Promise<void> {
    await this.#request(path, new URLSearchParams(fields));
  }

  async #request(path: string, body?: FormData | URLSearchParams): Promise<string> {
    const response = await fetch(`${this.#base}/${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    if (!response.ok) throw new WebApiError(`${path}: expected 2xx, got ${response.status} ${text}`);
    return text;
  }
}

function decode<A>(codec: t.Type<A, unknown, unknown>, path: string, text: string): A {
  const decoded = codec.decode(JSON.parse(text));
  if (isLeft(decoded))
    throw new WebApiError(`${path}: ${PathReporter.report(decoded).slice(0, 3).join('; ')}`);
  return decoded.right;
}
