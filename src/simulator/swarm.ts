/**
 * The whole client's swarm, in steps of 100 ms of injected time: no timer, no I/O, no clock.
 *
 * A step wakes the torrents whose demand changes, asks each active one what it would take, shares the link
 * max-min fair and moves the bytes. Every second speeds are smoothed, every `refreshIntervalMs` the picture
 * shown by the API is brought up to date, for all torrents together.
 *
 * Invariant: a step costs as much as the active torrents (wanted, or with a speed not yet back to 0); the
 * idle ones are not looked at. Bytes moved never exceed link × time.
 */
import { checkDemand, type DemandProgram } from './demand.ts';
import { torrentFields } from './fields.ts';
import { FileMoves } from './file-moves.ts';
import { waterLevel } from './link.ts';
import { Picture } from './picture.ts';
import { infoHashFor, randomFrom } from './random.ts';
import { initialServerState } from './server-state.ts';
import type { SwarmOptions } from './swarm-options.ts';
import { Swell } from './swell.ts';
import { SimulatedTorrent, type TorrentSpec } from './torrent.ts';
import { storedWire } from './upload-limit.ts';
import { WakeCalendar } from './wake-calendar.ts';

const STEP_MS = 100;
const SECOND_MS = 1000;

export type { SwarmOptions };

const LEECHERS = 20;

/** A torrent of that info-hash is already there. */
export class DuplicateTorrentError extends Error {
  override readonly name = 'DuplicateTorrentError';
  readonly hash: string;

  constructor(hash: string) {
    super(`Info-hashes must differ; ${hash} is already in the swarm. Give the torrent another name or hash.`);
    this.hash = hash;
  }
}

export class Swarm {
  readonly picture: Picture;
  readonly #options: SwarmOptions;
  readonly #refreshIntervalMs: number;
  readonly #swells: readonly Swell[];
  readonly #torrents = new Map<string, SimulatedTorrent>();
  readonly #active = new Set<SimulatedTorrent>();
  /** Torrents to show at the next refresh though they are not active. */
  readonly #changed = new Set<SimulatedTorrent>();
  readonly #calendar = new WakeCalendar<SimulatedTorrent>(STEP_MS);
  readonly #moves = new FileMoves();
  /** Bytes of torrents since removed, by tracker host. */
  readonly #removedBytes = new Map<string, number>();
  #nowMs: number;
  #nextCountMs: number;
  #nextRefreshMs: number;
  #globalLimitBps = Number.POSITIVE_INFINITY;
  #movedSinceRefresh = 0;
  #movedBytes = 0;

  /** @throws InvalidDemandError, DuplicateTorrentError */
  constructor(options: SwarmOptions) {
    this.#options = options;
    this.#refreshIntervalMs = options.refreshIntervalMs ?? 1500;
    this.#nowMs = options.startMs ?? 0;
    this.#nextCountMs = this.#nowMs + SECOND_MS;
    this.#nextRefreshMs = this.#nowMs + this.#refreshIntervalMs;
    this.#swells = Array.from(
      { length: options.leechers ?? LEECHERS },
      (_, leecher) => new Swell(randomFrom(options.seed, 'swell', leecher), this.#nowMs),
    );
    this.picture = new Picture(initialServerState(this.#refreshIntervalMs));
    for (const spec of options.torrents) this.addTorrent(spec);
  }

  /** The time reached, ms: that of the last whole step. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** By info-hash. */
  get torrents(): ReadonlyMap<string, SimulatedTorrent> {
    return this.#torrents;
  }

  /** Bytes really sent until now by all torrents together, as the link carried them. */
  get movedBytes(): number {
    return this.#movedBytes;
  }

  /** Lives on to `toMs`, in whole steps; a time already reached changes nothing. */
  advance(toMs: number): void {
    while (this.#nowMs + STEP_MS <= toMs) this.#step();
  }

  /**
   * Shown by the API at once. Returns the info-hash.
   * @throws InvalidDemandError, DuplicateTorrentError
   */
  addTorrent(spec: TorrentSpec): string {
    checkDemand(spec.demand);
    const hash = spec.hash ?? infoHashFor(this.#options.seed, spec.name);
    if (this.#torrents.has(hash)) throw new DuplicateTorrentError(hash);
    const torrent = new SimulatedTorrent(spec, hash, this.#options, this.#swellFor(hash), this.#nowMs);
    this.#torrents.set(hash, torrent);
    this.#wake(torrent);
    this.picture.addTorrent(
      hash,
      torrentFields(torrent),
      spec.trackers,
      spec.category ?? '',
      spec.tags ?? [],
    );
    return hash;
  }

  /** Returns whether there was one. */
  removeTorrent(hash: string): boolean {
    const torrent = this.#torrents.get(hash);
    if (torrent === undefined) return false;
    const host = trackerHost(torrent);
    this.#removedBytes.set(host, (this.#removedBytes.get(host) ?? 0) + torrent.movedBytes);
    torrent.dueMs = Number.POSITIVE_INFINITY;
    this.#torrents.delete(hash);
    this.#active.delete(torrent);
    this.#changed.delete(torrent);
    this.#moves.forget(hash);
    this.picture.removeTorrent(hash, torrent.spec.trackers);
    return true;
  }

  /** Returns whether there is such a torrent. */
  setTrackers(hash: string, trackers: readonly string[]): boolean {
    const torrent = this.#torrents.get(hash);
    if (torrent === undefined) return false;
    this.picture.setTrackers(hash, torrent.spec.trackers, trackers);
    torrent.spec = { ...torrent.spec, trackers };
    return true;
  }

  /**
   * Replaces what a torrent's leechers want, from now on. Returns whether there is such a torrent.
   * @throws InvalidDemandError
   */
  setDemand(hash: string, program: DemandProgram): boolean {
    checkDemand(program);
    const torrent = this.#torrents.get(hash);
    if (torrent === undefined) return false;
    torrent.setDemand(program, this.#nowMs);
    this.#wake(torrent);
    return true;
  }

  /**
   * @param hashes unknown ones are ignored, as in qBittorrent
   * @param wire B/s; 0, below 0 and from 2^31 - 1 on mean no limit
   */
  setUploadLimit(hashes: Iterable<string>, wire: number, atMs: number): void {
    this.advance(atMs);
    const shown: [string, { up_limit: number }][] = [];
    for (const hash of hashes) {
      const torrent = this.#torrents.get(hash);
      if (torrent === undefined) continue;
      torrent.limit.set(wire, this.#nowMs);
      this.#changed.add(torrent);
      shown.push([hash, { up_limit: storedWire(wire) }]);
    }
    if (this.#options.limitsShown === 'at-once') this.picture.update(shown, {});
  }

  get restIsCalled(): 'stopped' | 'paused' {
    return this.#options.restIsCalled ?? 'stopped';
  }

  /**
   * In that state they upload nothing; with null they run again.
   * @param state qBittorrent's word, such as `stoppedUP`, `queuedUP`, `checkingUP` or `missingFiles`
   */
  holdAs(hashes: Iterable<string>, state: string | null): void {
    for (const hash of hashes) this.#hold(hash, state);
  }

  /** Their files go to another place, which takes some seconds; then they are as before. */
  move(hashes: Iterable<string>): void {
    for (const hash of hashes) {
      const torrent = this.#torrents.get(hash);
      if (torrent === undefined) continue;
      this.#moves.begin(torrent, this.#nowMs);
      this.#hold(hash, 'moving');
    }
  }

  /** The client's own limit for all torrents together, B/s, 0 for none: its global or its alternative one. */
  setGlobalLimit(wire: number, isAlternative = false): void {
    const stored = storedWire(wire);
    this.#globalLimitBps = stored === 0 ? Number.POSITIVE_INFINITY : stored;
    this.picture.update([], { up_rate_limit: stored, use_alt_speed_limits: isAlternative });
  }

  /** Bytes really moved until now by tracker host ('' for none); a torrent counts under its first tracker. */
  uploadedByTracker(): Map<string, number> {
    const bytes = new Map(this.#removedBytes);
    for (const torrent of this.#torrents.values()) {
      const host = trackerHost(torrent);
      bytes.set(host, (bytes.get(host) ?? 0) + torrent.movedBytes);
    }
    return bytes;
  }

  #swellFor(hash: string): Swell {
    const swell = this.#swells[Number.parseInt(hash.slice(0, 8), 16) % this.#swells.length];
    if (swell === undefined) throw new RangeError(`leechers: expected 1 or more; got ${this.#swells.length}`);
    return swell;
  }

  #step(): void {
    for (const { item, dueMs } of this.#calendar.take(this.#nowMs)) {
      if (item.dueMs === dueMs) this.#wake(item);
    }
    for (const { torrent, heldAs } of this.#moves.takeDue(this.#nowMs)) this.#hold(torrent.hash, heldAs);
    this.#nowMs += STEP_MS;
    this.#move();
    if (this.#nowMs >= this.#nextCountMs) {
      this.#nextCountMs += SECOND_MS;
      this.#countSecond();
    }
    if (this.#nowMs >= this.#nextRefreshMs) {
      this.#nextRefreshMs += this.#refreshIntervalMs;
      this.#refresh();
    }
  }

  #move(): void {
    const asks = new Float64Array(this.#active.size);
    let index = 0;
    for (const torrent of this.#active) asks[index++] = torrent.ask(this.#nowMs, STEP_MS);
    const capacityBps = Math.min(this.#options.linkBps, this.#globalLimitBps);
    const level = waterLevel(Float64Array.from(asks), (capacityBps * STEP_MS) / SECOND_MS);
    index = 0;
    for (const torrent of this.#active) {
      const granted = Math.min(asks[index++] ?? 0, level);
      torrent.give(granted, STEP_MS);
      this.#movedBytes += granted;
      this.#movedSinceRefresh += granted;
    }
  }

  #countSecond(): void {
    for (const torrent of this.#active) {
      torrent.countSecond(this.#nowMs);
      if (!torrent.isIdle) continue;
      this.#active.delete(torrent);
      this.#changed.add(torrent);
    }
  }

  #refresh(): void {
    for (const torrent of this.#active) this.#changed.add(torrent);
    const shown = [...this.#changed].map((torrent) => [torrent.hash, torrent.statistics()] as const);
    this.#changed.clear();
    this.picture.update(shown, {
      alltime_ul: Math.floor(this.#movedBytes),
      up_info_data: Math.floor(this.#movedBytes),
      up_info_speed: Math.floor((this.#movedSinceRefresh * SECOND_MS) / this.#refreshIntervalMs),
    });
    this.#movedSinceRefresh = 0;
  }

  #hold(hash: string, state: string | null): void {
    const torrent = this.#torrents.get(hash);
    if (torrent === undefined) return;
    torrent.holdAs(state);
    this.#active.add(torrent);
    this.#changed.add(torrent);
  }

  #wake(torrent: SimulatedTorrent): void {
    const dueMs = torrent.wake(this.#nowMs);
    torrent.dueMs = dueMs;
    this.#calendar.add(torrent, dueMs);
    this.#active.add(torrent);
  }
}

function trackerHost(torrent: SimulatedTorrent): string {
  const [url] = torrent.spec.trackers;
  return url === undefined ? '' : new URL(url).hostname;
}
