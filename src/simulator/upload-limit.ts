import type { Random } from './random.ts';

/**
 * One torrent's upload limit as qBittorrent enforces it: a token bucket behind an effective limit that
 * follows the one written with a delay.
 *
 * - Settled: banks up to 3 s of the limit while less is used. In use, the rate climbs by half a per cent of the
 *   limit each second, from 5 % below it to 6 to 11 % above, drops back and climbs again: over a minute it is
 *   the limit, over 10 s it is off by several per cent.
 * - Handed out every half second, so data leaves in lumps, those of all torrents together.
 * - Raised: the effective limit climbs to the new one in 1 to 2 s, and the rate begins its climb anew, which is
 *   why torrents raised together stay in step.
 * - Lowered: it sinks from the rate in use, by half in about 4 s, by a factor of 200 in 12 s; on top of
 *   that, what already lies in the socket buffers leaves at the old rate.
 *
 * Invariant: effective limit and target lie in 0..linkBps, where linkBps stands for "no limit".
 */
const BANK_S = 3;
const RAISE_TIME_CONSTANT_MS = 700;
const CUT_TIME_CONSTANT_MS = 1500;
/** The climb, as factors of the limit. */
const DRIFT_FROM = 0.95;
const DRIFT_TO = 1.06;
const DRIFT_TO_SPREAD = 0.05;
const DRIFT_PER_MS = 0.005 / 1000;
/** A torrent that has been still for so long begins its climb anew. */
const DRIFT_ENDS_AFTER_MS = 2_000;
const HANDED_OUT_EVERY_MS = 500;
/** Socket buffers hold this much of the rate in use, s, and at most this many bytes. */
const BUFFERED_S = 0.1;
const MAX_BUFFERED_BYTES = 2 * 1024 * 1024;
/** libtorrent's own "no limit": this value and everything above it (int32 overflow) lifts the limit. */
const UNLIMITED_WIRE_FROM = 2_147_483_647;

/** The limit as qBittorrent keeps it, B/s: 0 for everything that means none. */
export function storedWire(wire: number): number {
  return Number.isInteger(wire) && wire > 0 && wire < UNLIMITED_WIRE_FROM ? wire : 0;
}

export class UploadLimit {
  readonly #linkBps: number;
  readonly #random: Random;
  #drift = DRIFT_FROM;
  #driftTo: number;
  #wire = 0;
  #targetBps: number;
  #effectiveBps: number;
  #tokens: number;
  /** Of the tokens: those handed out. */
  #quota: number;
  #buffered = 0;
  #bufferedDrainBps = 0;
  #atMs: number;

  /**
   * @param linkBps the link's capacity, B/s
   * @param random how far each climb of its rate goes
   */
  constructor(linkBps: number, random: Random, atMs: number) {
    this.#linkBps = linkBps;
    this.#random = random;
    this.#driftTo = DRIFT_TO + DRIFT_TO_SPREAD * random();
    this.#targetBps = linkBps;
    this.#effectiveBps = linkBps;
    this.#tokens = linkBps * BANK_S;
    this.#quota = this.#tokens;
    this.#atMs = atMs;
  }

  /** B/s, 0 when there is none. */
  get wire(): number {
    return this.#wire;
  }

  /** @param rateBps what the torrent uploads now, B/s: a cut starts from there */
  set(wire: number, rateBps: number, atMs: number): void {
    const stored = storedWire(wire);
    if (stored === this.#wire) return;
    this.advance(atMs);
    this.#wire = stored;
    this.#targetBps = stored === 0 ? this.#linkBps : Math.min(this.#linkBps, stored);
    if (this.#targetBps >= this.#effectiveBps) {
      this.#drift = DRIFT_FROM;
      return;
    }
    this.#effectiveBps = Math.min(this.#effectiveBps, Math.max(this.#targetBps, rateBps));
    this.#tokens = Math.min(this.#tokens, this.#effectiveBps * BANK_S);
    this.#quota = Math.min(this.#quota, this.#tokens);
    if (rateBps > this.#targetBps) {
      // Not added to what is still there: a limit cut again and again has only one set of buffers.
      this.#buffered = Math.max(this.#buffered, Math.min(rateBps * BUFFERED_S, MAX_BUFFERED_BYTES));
      this.#bufferedDrainBps = rateBps;
    }
  }

  /** Brings limit and bank to `nowMs`, in one go however long the torrent was idle. */
  advance(nowMs: number): void {
    const elapsedMs = nowMs - this.#atMs;
    if (elapsedMs <= 0) return;
    const round = Math.floor(nowMs / HANDED_OUT_EVERY_MS);
    const isHandedOut = this.#wire === 0 || round > Math.floor(this.#atMs / HANDED_OUT_EVERY_MS);
    this.#atMs = nowMs;
    if (this.#effectiveBps !== this.#targetBps) {
      const distance = this.#effectiveBps - this.#targetBps;
      const timeConstantMs = distance > 0 ? CUT_TIME_CONSTANT_MS : RAISE_TIME_CONSTANT_MS;
      const left = distance * Math.exp(-elapsedMs / timeConstantMs);
      this.#effectiveBps = Math.abs(left) < 1 ? this.#targetBps : this.#targetBps + left;
    }
    this.#climb(elapsedMs);
    const refill = (this.#effectiveBps * this.#drift * elapsedMs) / 1000;
    this.#tokens = Math.min(this.#tokens + refill, this.#effectiveBps * BANK_S);
    this.#quota = isHandedOut ? this.#tokens : Math.min(this.#quota, this.#tokens);
  }

  #climb(elapsedMs: number): void {
    this.#drift += DRIFT_PER_MS * elapsedMs;
    if (this.#drift < this.#driftTo && elapsedMs < DRIFT_ENDS_AFTER_MS) return;
    this.#drift = DRIFT_FROM;
    this.#driftTo = DRIFT_TO + DRIFT_TO_SPREAD * this.#random();
  }

  /** Bytes that may leave in a step of `stepMs`. */
  available(stepMs: number): number {
    if (this.#buffered === 0) return this.#quota;
    const atOldRate = (this.#bufferedDrainBps * stepMs) / 1000;
    return Math.max(this.#quota, Math.min(this.#quota + this.#buffered, atOldRate));
  }

  spend(bytes: number): void {
    const fromTokens = Math.min(bytes, this.#quota);
    this.#tokens -= fromTokens;
    this.#quota -= fromTokens;
    this.#buffered = Math.max(0, this.#buffered - (bytes - fromTokens));
  }

  /** The leechers are gone, and with them what waited in their sockets. */
  dropBuffered(): void {
    this.#buffered = 0;
  }
}
