/**
 * One seeding torrent: what its leechers want, what its limit lets through, and what has moved.
 *
 * Bytes flow as a fluid (`#fluid`) and count in whole 16 KiB blocks. The API shows them as they are at each
 * refresh; its speed is libtorrent's, smoothed from second to second.
 *
 * Invariant: moved ≤ fluid, and fluid grows only by what the link and the limit granted.
 */
import { type DemandProgram, mayWake, wishAt } from './demand.ts';
import { infoHashFor, integerBetween, type Random, randomFrom } from './random.ts';
import type { Swell } from './swell.ts';
import { UploadLimit } from './upload-limit.ts';

export const BLOCK_BYTES = 16_384;

export interface TorrentSpec {
  readonly name: string;
  /** Announce URLs, passkeys included; none for a torrent without a tracker. */
  readonly trackers: readonly string[];
  readonly demand: DemandProgram;
  /** The id, 40 hex digits; made from seed and name by default. */
  readonly hash?: string;
  /** Default 'v1'. The id of the others is the first 40 digits of their v2 hash. */
  readonly format?: 'v1' | 'v2' | 'hybrid';
  /** False: no announce works, so `tracker` stays '' though the trackers map has the torrent. Default true. */
  readonly announces?: boolean;
  /** The user's own limit at the start, B/s; 0 (default) for none. */
  readonly uploadLimitWire?: number;
  /** From a private tracker: no DHT, PeX or LSD. Default false. */
  readonly isPrivate?: boolean;
  readonly category?: string;
  readonly tags?: readonly string[];
  /** Default 4 GiB. */
  readonly sizeBytes?: number;
  /** Unix seconds; default: some days before the start. */
  readonly addedAt?: number;
  /** Leechers that the tracker knows beyond the connected ones; default: a few where demand may come. */
  readonly leechersKnown?: number;
  /** Unix seconds; default: some time since it was added. */
  readonly lastActivityAt?: number;
  /** qBittorrent's word for a state in which it uploads nothing, such as `stoppedUP`; null (default): it runs. */
  readonly heldAs?: string | null;
}

/** A leecher asks for at most this much ahead, s of its own rate. */
const REQUESTED_AHEAD_S = 1.5;
/** Weight of one step in the short-term rate that a cut starts from. */
const STEP_RATE_WEIGHT = 0.2;
/** The API's `upspeed` is libtorrent's: every second a fifth of the way to what that second moved. */
const SPEED_WEIGHT = 1 / 5;

export class SimulatedTorrent {
  readonly hash: string;
  /** '' for a torrent without one. */
  readonly hashV1: string;
  readonly hashV2: string;
  spec: TorrentSpec;
  readonly limit: UploadLimit;
  readonly seedsKnown: number;
  readonly uploadedBefore: number;
  readonly addedAt: number;
  readonly #random: Random;
  readonly #leechersBeyond: number;
  readonly #swell: Swell;
  #program: DemandProgram;
  #programStartMs: number;
  /** What is wanted, B/s, and what of it the torrent's state lets it serve. */
  #wantedBps = 0;
  #wishBps = 0;
  #heldAs: string | null;
  #previousWishBps: number | null = null;
  #requested = 0;
  #rateBps = 0;
  #fluid = 0;
  #secondBegan = 0;
  #speedBps = 0;
  #activeSeconds = 0;
  #lastActivityAt: number;
  #leechersConnected = 0;
  /** The latest wake-up asked for, ms; older ones are void. */
  dueMs = Number.POSITIVE_INFINITY;

  /** @param swell of the leecher that it serves */
  constructor(
    spec: TorrentSpec,
    hash: string,
    { seed, linkBps }: { readonly seed: number; readonly linkBps: number },
    swell: Swell,
    nowMs: number,
  ) {
    this.spec = spec;
    this.#swell = swell;
    this.hash = hash;
    const { format = 'v1' } = spec;
    this.hashV1 = format === 'v1' ? hash : format === 'v2' ? '' : infoHashFor(seed, `v1 of ${hash}`);
    this.hashV2 = format === 'v1' ? '' : hash + infoHashFor(seed, `v2 of ${hash}`).slice(0, 24);
    this.#random = randomFrom(seed, hash);
    const random = this.#random;
    this.limit = new UploadLimit(linkBps, randomFrom(seed, hash, 'limit'), nowMs);
    this.limit.set(spec.uploadLimitWire ?? 0, nowMs);
    this.addedAt = spec.addedAt ?? Math.floor(nowMs / 1000) - integerBetween(random, 1, 400) * 86_400;
    this.seedsKnown = integerBetween(random, 1, 60);
    this.uploadedBefore = Math.floor(random() * 4 * this.sizeBytes);
    this.#leechersBeyond = spec.leechersKnown ?? (mayWake(spec.demand) ? integerBetween(random, 1, 12) : 0);
    const activeAt = this.addedAt + Math.floor(random() * (nowMs / 1000 - this.addedAt));
    this.#lastActivityAt = spec.lastActivityAt ?? activeAt;
    this.#heldAs = spec.heldAs ?? null;
    this.#program = spec.demand;
    this.#programStartMs = nowMs;
  }

  get sizeBytes(): number {
    return this.spec.sizeBytes ?? 4 * 1024 ** 3;
  }

  /** Bytes really sent since the start, whole blocks. */
  get movedBytes(): number {
    return Math.floor(this.#fluid / BLOCK_BYTES) * BLOCK_BYTES;
  }

  /** What it uploads at this moment, B/s, smoothed over half a second. */
  get rateBps(): number {
    return this.#rateBps;
  }

  /** No one downloads it and its speed has died down: it costs nothing until it wakes. */
  get isIdle(): boolean {
    return this.#wishBps === 0 && this.#speedBps === 0 && this.#secondBegan === this.movedBytes;
  }

  /** Replaces the demand; its times count from now on. Follow with `wake`. */
  setDemand(program: DemandProgram, nowMs: number): void {
    this.#program = program;
    this.#programStartMs = nowMs;
    this.#previousWishBps = null;
  }

  /** Asks the program what is wanted from now on. Returns when to ask again, ms. */
  wake(nowMs: number): number {
    const wish = wishAt(this.#program, nowMs - this.#programStartMs, this.#previousWishBps, this.#random);
    this.#previousWishBps = wish.bps;
    this.#wantedBps = wish.bps;
    this.#serve();
    return this.#programStartMs + wish.untilMs;
  }

  /** The state that keeps it from uploading, such as `stoppedUP`; null while it runs. */
  get heldAs(): string | null {
    return this.#heldAs;
  }

  /** Its leechers leave at once, and come back as soon as it runs. */
  holdAs(state: string | null): void {
    this.#heldAs = state;
    this.#serve();
  }

  #serve(): void {
    const wishBps = this.#heldAs === null ? this.#wantedBps : 0;
    if (wishBps > 0 && this.#wishBps === 0) this.#leechersConnected = integerBetween(this.#random, 1, 9);
    if (wishBps === 0) {
      this.#leechersConnected = 0;
      this.#requested = 0;
    }
    this.#wishBps = wishBps;
  }

  /** Bytes it would take in the step that ends at `nowMs`. */
  ask(nowMs: number, stepMs: number): number {
    this.limit.advance(nowMs);
    if (this.#wishBps === 0) return 0;
    const stepS = stepMs / 1000;
    const ahead = Math.max(this.#wishBps * REQUESTED_AHEAD_S, BLOCK_BYTES);
    const wishedBps = this.#wishBps * this.#swell.factorAt(nowMs);
    this.#requested = Math.min(this.#requested + wishedBps * stepS, ahead);
    return Math.min(this.#requested, this.limit.available);
  }

  /** @param bytes what the link granted of the last `ask` */
  give(bytes: number, stepMs: number): void {
    this.#rateBps += STEP_RATE_WEIGHT * ((bytes * 1000) / stepMs - this.#rateBps);
    if (bytes === 0) return;
    this.#requested -= bytes;
    this.#fluid += bytes;
    this.limit.spend(bytes);
  }

  /** Counts the second that ends at `nowMs`. */
  countSecond(nowMs: number): void {
    const moved = this.movedBytes;
    const sample = moved - this.#secondBegan;
    this.#secondBegan = moved;
    this.#speedBps = Math.floor(this.#speedBps * (1 - SPEED_WEIGHT) + sample * SPEED_WEIGHT);
    if (this.#wishBps > 0) this.#activeSeconds += 1;
    if (sample > 0) this.#lastActivityAt = Math.floor(nowMs / 1000);
  }

  /** The fields of the sync data that move, as they are now. */
  statistics(): Readonly<Record<StatisticsField, number | string>> {
    const moved = this.movedBytes;
    const uploaded = this.uploadedBefore + moved;
    return {
      last_activity: this.#lastActivityAt,
      num_incomplete: this.#leechersConnected + this.#leechersBeyond,
      num_leechs: this.#leechersConnected,
      ratio: uploaded / this.sizeBytes,
      seeding_time: this.#activeSeconds,
      state: this.#heldAs ?? (this.#speedBps > 0 ? 'uploading' : 'stalledUP'),
      time_active: this.#activeSeconds,
      up_limit: this.limit.wire,
      uploaded,
      uploaded_session: moved,
      upspeed: this.#speedBps,
    };
  }
}

type StatisticsField =
  | 'last_activity'
  | 'num_incomplete'
  | 'num_leechs'
  | 'ratio'
  | 'seeding_time'
  | 'state'
  | 'time_active'
  | 'up_limit'
  | 'uploaded'
  | 'uploaded_session'
  | 'upspeed';
