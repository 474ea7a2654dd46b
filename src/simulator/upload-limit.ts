import type { Random } from './random.ts';

/**
 * One torrent's upload limit as qBittorrent (libtorrent) enforces it: a token bucket that holds up to three
 * seconds of the limit, and is filled only while somebody asks, behind a pace that climbs.
 *
 * Every half second the bucket is filled, and the torrent is handed what it would send at its present pace,
 * as far as the bucket goes; so data leaves in lumps, those of all torrents together. Far below the limit the
 * pace multiplies; near it, it climbs by half a per cent a second, through the limit, for as long as there are
 * tokens that were saved up below it. Once they are spent the pace falls below the limit, and climbs again.
 *
 * What follows, and was measured: a small raise is filled slowly, and what it saves up meanwhile lets the rate
 * stand above a later cut for seconds; torrents that were raised together stay in step; over minutes the
 * rate is the limit, over 10 s it is off by several per cent.
 *
 * Invariant: 0 ≤ quota ≤ tokens ≤ 3 s of the limit in force. Without a limit the link alone bounds it.
 */
const BANK_S = 3;
const HANDED_OUT_EVERY_MS = 500;
const HANDED_OUT_EVERY_S = HANDED_OUT_EVERY_MS / 1000;
/** What a pace begins with: two blocks a second. */
const LEAST_PACE_BPS = 32 * 1024;
/** From one hand-out to the next, by how much of the limit the pace is. */
const CLIMBS: readonly (readonly [from: number, factor: number])[] = [
  [0.92, 1.003],
  [0.85, 1.01],
  [0.6, 1.25],
  [0, 1.8],
];
/** The pace after the tokens ran out, as a part of the limit. */
const PACE_AFTER_DROUGHT = 0.93;
/** A torrent that takes less than this part of what it is handed doesn't press: its pace follows its use. */
const PRESSES_FROM = 0.95;
const PACE_OVER_USE = 1.5;
/** libtorrent's own "no limit": this value and everything above it (int32 overflow) lifts the limit. */
const UNLIMITED_WIRE_FROM = 2_147_483_647;

/** The limit as qBittorrent keeps it, B/s: 0 for everything that means none. */
export function storedWire(wire: number): number {
  return Number.isInteger(wire) && wire > 0 && wire < UNLIMITED_WIRE_FROM ? wire : 0;
}

export class UploadLimit {
  readonly #linkBps: number;
  #wire = 0;
  /** How quickly this torrent's pace climbs near its limit, as a factor. */
  readonly #eagerness: number;
  #paceBps: number;
  #tokens: number;
  /** Of the tokens: those handed out, and what they were at the hand-out. */
  #quota = 0;
  #handedOut = 0;
  /** Since then. */
  #used = 0;
  #ranDry = false;
  /** Number of the hand-out that `#quota` is of. */
  #round: number;

  /**
   * @param linkBps the link's capacity, B/s
   * @param random what makes torrents differ
   */
  constructor(linkBps: number, random: Random, atMs: number) {
    this.#linkBps = linkBps;
    this.#eagerness = 0.8 + 0.4 * random();
    this.#tokens = linkBps * BANK_S;
    this.#paceBps = linkBps;
    this.#round = roundAt(atMs);
  }

  /** B/s, 0 when there is none. */
  get wire(): number {
    return this.#wire;
  }

  get #limitBps(): number {
    return this.#wire === 0 ? this.#linkBps : Math.min(this.#wire, this.#linkBps);
  }

  set(wire: number, atMs: number): void {
    const stored = storedWire(wire);
    if (stored === this.#wire) return;
    this.advance(atMs);
    this.#wire = stored;
    this.#clampTokens();
  }

  /** Brings the bucket to `nowMs`, in one go however long the torrent was idle. */
  advance(nowMs: number): void {
    const round = roundAt(nowMs);
    const rounds = round - this.#round;
    if (rounds <= 0) return;
    this.#round = round;
    if (this.#handedOut === 0 || this.#used > 0) {
      this.#followUse();
      this.#tokens += this.#limitBps * HANDED_OUT_EVERY_S;
      this.#clampTokens();
    }
    this.#used = 0;
    const wanted = this.#paceBps * HANDED_OUT_EVERY_S;
    this.#ranDry = this.#tokens < wanted;
    this.#quota = Math.min(wanted, this.#tokens);
    this.#handedOut = this.#quota;
  }

  /** Bytes that may leave now. */
  get available(): number {
    return this.#wire === 0 ? this.#linkBps : this.#quota;
  }

  spend(bytes: number): void {
    this.#used += bytes;
    if (this.#wire === 0) return;
    this.#tokens -= bytes;
    this.#quota = Math.max(0, this.#quota - bytes);
  }

  /** The pace for the next hand-out, from how the last one was used. */
  #followUse(): void {
    const limitBps = this.#limitBps;
    const useBps = this.#used / HANDED_OUT_EVERY_S;
    if (this.#wire === 0) {
      this.#paceBps = Math.max(LEAST_PACE_BPS, useBps);
      return;
    }
    if (this.#used < PRESSES_FROM * this.#handedOut) {
      this.#paceBps = Math.max(LEAST_PACE_BPS, Math.min(this.#paceBps, PACE_OVER_USE * useBps));
      return;
    }
    if (this.#ranDry) {
      this.#paceBps = Math.max(LEAST_PACE_BPS, Math.min(this.#paceBps, PACE_AFTER_DROUGHT * limitBps));
      return;
    }
    const part = this.#paceBps / limitBps;
    const factor = CLIMBS.find(([from]) => part >= from)?.[1] ?? 1;
    this.#paceBps = Math.min(this.#linkBps, this.#paceBps * (1 + (factor - 1) * this.#eagerness));
  }

  #clampTokens(): void {
    this.#tokens = Math.max(0, Math.min(this.#tokens, this.#limitBps * BANK_S));
    this.#quota = Math.min(this.#quota, this.#tokens);
  }
}

function roundAt(atMs: number): number {
  return Math.floor(atMs / HANDED_OUT_EVERY_MS);
}
