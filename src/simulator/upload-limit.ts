/**
 * One torrent's upload limit as qBittorrent enforces it: a token bucket behind an effective limit that
 * follows the one written with a delay.
 *
 * - Settled: refills at the limit (within 3 %), and banks up to 3 s of it while less is used.
 * - Raised: the effective limit climbs to the new one in 1 to 2 s.
 * - Lowered: it sinks from the rate in use, by half in about 4 s, by a factor of 200 in 12 s; on top of
 *   that, what already lies in the socket buffers leaves at the old rate.
 *
 * Invariant: effective limit and target lie in 0..linkBps, where linkBps stands for "no limit".
 */
const BANK_S = 3;
const RAISE_TIME_CONSTANT_MS = 700;
const CUT_TIME_CONSTANT_MS = 1500;
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
  readonly #bias: number;
  #wire = 0;
  #targetBps: number;
  #effectiveBps: number;
  #tokens: number;
  #buffered = 0;
  #bufferedDrainBps = 0;
  #atMs: number;

  /**
   * @param linkBps the link's capacity, B/s
   * @param bias how far the torrent's settled rate is off its limit, as a factor (0.97..1.03)
   */
  constructor(linkBps: number, bias: number, atMs: number) {
    this.#linkBps = linkBps;
    this.#bias = bias;
    this.#targetBps = linkBps;
    this.#effectiveBps = linkBps;
    this.#tokens = linkBps * BANK_S;
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
    this.#targetBps = stored === 0 ? this.#linkBps : Math.min(this.#linkBps, stored * this.#bias);
    if (this.#targetBps >= this.#effectiveBps) return;
    this.#effectiveBps = Math.min(this.#effectiveBps, Math.max(this.#targetBps, rateBps));
    this.#tokens = Math.min(this.#tokens, this.#effectiveBps * BANK_S);
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
    this.#atMs = nowMs;
    if (this.#effectiveBps !== this.#targetBps) {
      const distance = this.#effectiveBps - this.#targetBps;
      const timeConstantMs = distance > 0 ? CUT_TIME_CONSTANT_MS : RAISE_TIME_CONSTANT_MS;
      const left = distance * Math.exp(-elapsedMs / timeConstantMs);
      this.#effectiveBps = Math.abs(left) < 1 ? this.#targetBps : this.#targetBps + left;
    }
    const refill = (this.#effectiveBps * elapsedMs) / 1000;
    this.#tokens = Math.min(this.#tokens + refill, this.#effectiveBps * BANK_S);
  }

  /** Bytes that may leave in a step of `stepMs`. */
  available(stepMs: number): number {
    if (this.#buffered === 0) return this.#tokens;
    const atOldRate = (this.#bufferedDrainBps * stepMs) / 1000;
    return Math.max(this.#tokens, Math.min(this.#tokens + this.#buffered, atOldRate));
  }

  spend(bytes: number): void {
    const fromTokens = Math.min(bytes, this.#tokens);
    this.#tokens -= fromTokens;
    this.#buffered = Math.max(0, this.#buffered - (bytes - fromTokens));
  }

  /** The leechers are gone, and with them what waited in their sockets. */
  dropBuffered(): void {
    this.#buffered = 0;
  }
}
