import { infoHashOf, type TorrentKey } from '../../src/control/torrent.ts';
import type { QbittorrentClient } from '../../src/qbittorrent/client.ts';
import type { MainData } from '../../src/qbittorrent/codecs.ts';
import { TrackerLists } from '../../src/qbittorrent/tracker-lists.ts';
import { columnsOf } from './torrent-columns.ts';

export interface FakeCall {
  readonly kind: 'setUploadLimit' | 'restoreUploadLimit' | 'mainData';
  readonly hashes: readonly string[];
  readonly wire: number;
}

const REFRESH_MS = 1_500;

/** A qBittorrent in memory with a client's face: limits show in its pictures one refresh after they were set. */
export class FakeQbittorrent {
  readonly calls: FakeCall[] = [];
  /** Called before each call takes effect; what it throws is the call's failure. */
  before: (call: FakeCall, signal: AbortSignal | undefined) => void | Promise<void> = () => {};
  /** Called after each write has taken effect. */
  after: (call: FakeCall) => void = () => {};
  readonly #now: () => number;
  readonly #limits = new Map<string, { wire: number; shown: number; setAt: number }>();
  readonly #removed = new Set<string>();
  #rid = 0;

  constructor(now: () => number, limits: Iterable<readonly [TorrentKey, number]> = []) {
    this.#now = now;
    for (const [key, wire] of limits) this.add(key, wire);
  }

  /** For what takes a real client: only these calls are ever made on it. */
  get client(): QbittorrentClient {
    return this as unknown as QbittorrentClient;
  }

  add(key: TorrentKey, wire: number): void {
    this.#removed.delete(infoHashOf(key));
    this.#limits.set(infoHashOf(key), { wire, shown: wire, setAt: Number.NEGATIVE_INFINITY });
  }

  remove(key: TorrentKey): void {
    this.#limits.delete(infoHashOf(key));
    this.#removed.add(infoHashOf(key));
  }

  /** The next answer is a full one. */
  forgetSession(): void {
    this.#rid += 1;
  }

  limitOf(key: TorrentKey): number | undefined {
    return this.#limits.get(infoHashOf(key))?.wire;
  }

  /** Without a call of Qguardarr. */
  set(hashes: readonly string[], wire: number): void {
    for (const hash of hashes) {
      const limit = this.#limits.get(hash);
      if (limit === undefined) continue;
      this.#limits.set(hash, { wire, shown: this.#shown(limit), setAt: this.#now() });
    }
  }

  async setUploadLimit(hashes: readonly string[], wire: number, signal?: AbortSignal): Promise<void> {
    await this.#write({ kind: 'setUploadLimit', hashes, wire }, signal);
  }

  async restoreUploadLimit(hashes: readonly string[], wire: number, signal?: AbortSignal): Promise<void> {
    await this.#write({ kind: 'restoreUploadLimit', hashes, wire }, signal);
  }

  /** For a rid that isn't the latest a full picture; otherwise everything again, as changes. */
  async mainData(rid: number, signal?: AbortSignal): Promise<MainData> {
    const call = { kind: 'mainData', hashes: [], wire: 0 } as const;
    this.calls.push(call);
    await this.before(call, signal);
    const fullUpdate = rid === 0 || rid !== this.#rid;
    this.#rid += 1;
    const hashes = [...this.#limits.keys()];
    return {
      bytes: 1_000,
      rid: this.#rid,
      fullUpdate,
      torrents: columnsOf(
        Object.fromEntries(
          [...this.#limits].map(([hash, limit]) => [
            hash,
            {
              state: 'stalledUP',
              up_limit: this.#shown(limit),
              upspeed: 0,
              uploaded_session: 0,
              num_leechs: 0,
              last_activity: 0,
              added_on: 0,
            },
          ]),
        ),
      ),
      torrentsRemoved: fullUpdate ? [] : [...this.#removed],
      trackers: TrackerLists.of({ 'https://alpha.example/announce': hashes }),
      trackersRemoved: [],
      serverState: { refresh_interval: REFRESH_MS },
    };
  }

  writes(): FakeCall[] {
    return this.calls.filter(({ kind }) => kind !== 'mainData');
  }

  async #write(call: FakeCall, signal: AbortSignal | undefined): Promise<void> {
    this.calls.push(call);
    await this.before(call, signal);
    this.set(call.hashes, call.wire);
    this.after(call);
  }

  #shown(limit: { wire: number; shown: number; setAt: number }): number {
    return this.#now() - limit.setAt >= REFRESH_MS ? limit.wire : limit.shown;
  }
}
