import type { TorrentKey } from './torrent.ts';
import type { Usage } from './types.ts';

/*
 * Rates from byte counters and real elapsed time. qBittorrent moves all its counters together once per
 * refresh interval, so every torrent is sampled at the same instants: the instants are kept once, and a
 * torrent costs one short ring of numbers, and only while it moves. An idle torrent costs nothing.
 *
 * Invariant: for each key in `rings`, bytes[i % DEPTH] is the counter as read at instant i, for the last
 * DEPTH instants up to `filledTo`, from `from` on.
 */

/** Samples kept; at 2 s they reach 14 s back. A torrent that was still for so many has no rate. */
export const DEPTH = 8;
const CONTROL_WINDOW_MS = 6_000;
const SHORT_WINDOW_MS = 3_500;
const LONG_WINDOW_MS = 12_000;
const GRACE_MS = 800;
/** Fewer samples, or a shorter span, say nothing: counters step at 1.5 s and blocks are 16 KiB. */
const SETTLED_INTERVALS = 2;
const SETTLED_SPAN_MS = 3_000;

interface Ring {
  readonly bytes: Float64Array;
  /** Number of the earliest instant that `bytes` knows. */
  readonly from: number;
  /** Number of the instant before it woke: what came before says nothing of what it does now. */
  readonly wokeAt: number;
  /** Number of the last movement's instant, and of the last instant that `bytes` is filled for. */
  movedAt: number;
  filledTo: number;
}

export class RateMeter {
  readonly #instants = new Float64Array(DEPTH);
  readonly #rings = new Map<TorrentKey, Ring>();
  /** First sampled at the present instant: there is no rate of it yet. */
  readonly #fresh = new Set<TorrentKey>();
  #cycle = -1;

  /**
   * Begins a sampling instant; `sample` then takes the counters that have moved, as of `at` (ms, monotonic).
   * Returns false when it is the last one again, as nothing new was read: its samples are taken over.
   */
  begin(at: number): boolean {
    if (this.#cycle >= 0 && at === this.#at(0)) return false;
    this.#cycle += 1;
    this.#fresh.clear();
    this.#instants[this.#cycle % DEPTH] = at;
    for (const [key, ring] of this.#rings) if (this.#cycle - ring.movedAt >= DEPTH) this.#rings.delete(key);
    return true;
  }

  /**
   * A torrent that is not sampled has not moved.
   * @param before its session upload counter as last sampled, or null at first sight
   * @param bytes the counter now; one that fell (client restarted) starts anew
   */
  sample(key: TorrentKey, before: number | null, bytes: number): void {
    if (before === null || bytes < before) this.#rings.delete(key);
    // Nothing is known of any torrent at the very first instant.
    if (before === null && this.#cycle > 0) this.#fresh.add(key);
    if (before === null || bytes <= before) return;
    const ring = this.#rings.get(key) ?? this.#wake(before);
    this.#rings.set(key, ring);
    this.#catchUp(ring);
    ring.bytes[this.#cycle % DEPTH] = bytes;
    ring.movedAt = this.#cycle;
  }

  /**
   * @param changedAt when the present limit took effect, same clock as `begin`; samples before don't count.
   *   null: never changed
   * @param shownBps the client's own figure, which stands in while there is no second sample
   */
  usage(key: TorrentKey, changedAt: number | null, shownBps = 0): Usage {
    if (this.#cycle <= 0 || this.#fresh.has(key)) return steady(shownBps, 0, false);
    const ring = this.#rings.get(key);
    if (ring !== undefined) this.#catchUp(ring);
    const since = changedAt ?? Number.NEGATIVE_INFINITY;
    const judgedFrom = Math.max(since, this.#wokeAt(ring));
    const instants = this.#instantsSince(judgedFrom);
    const span = this.#span(CONTROL_WINDOW_MS, judgedFrom);
    const settled = instants > SETTLED_INTERVALS && span >= SETTLED_SPAN_MS;
    const spanMs = this.#span(LONG_WINDOW_MS, judgedFrom);
    if (ring === undefined) return steady(0, spanMs, settled);
    const own = this.#rate(ring, CONTROL_WINDOW_MS, since);
    // Nothing sampled since the change: what it still uses is what counts, not 0.
    const rateBps = own ?? this.#rate(ring, CONTROL_WINDOW_MS, Number.NEGATIVE_INFINITY) ?? 0;
    const latestBps = this.#rate(ring, 1, Number.NEGATIVE_INFINITY) ?? rateBps;
    const shortBps = this.#rate(ring, SHORT_WINDOW_MS, Number.NEGATIVE_INFINITY) ?? rateBps;
    const longBps = this.#rate(ring, LONG_WINDOW_MS, judgedFrom) ?? rateBps;
    return { rateBps, latestBps, shortBps, longBps, spanMs, settled };
  }

  /** A ring as if it had been sampled all along: an idle counter stood still at `before`. */
  #wake(before: number): Ring {
    const from = Math.max(0, this.#cycle - DEPTH + 1);
    return {
      bytes: new Float64Array(DEPTH).fill(before),
      from,
      wokeAt: this.#cycle - 1,
      movedAt: this.#cycle,
      filledTo: this.#cycle,
    };
  }

  /** It stood still at the instants at which it wasn't sampled. */
  #catchUp(ring: Ring): void {
    for (; ring.filledTo < this.#cycle; ring.filledTo += 1)
      ring.bytes[(ring.filledTo + 1) % DEPTH] = ring.bytes[ring.filledTo % DEPTH] ?? 0;
  }

  #wokeAt(ring: Ring | undefined): number {
    const back = ring === undefined ? DEPTH : this.#cycle - ring.wokeAt;
    return back < DEPTH ? this.#at(back) : Number.NEGATIVE_INFINITY;
  }

  #instantsSince(since: number): number {
    let count = 0;
    for (let back = 0; back < DEPTH && back <= this.#cycle; back += 1) {
      if (this.#at(back) < since) break;
      count += 1;
    }
    return count;
  }

  #at(back: number): number {
    return this.#instants[(this.#cycle - back) % DEPTH] ?? 0;
  }

  #span(windowMs: number, since: number): number {
    const back = this.#reach(windowMs, since, DEPTH);
    return back === 0 ? 0 : this.#at(0) - this.#at(back);
  }

  /** How many samples back the window reaches: at least one, at most to `since`; 0 when there is none. */
  #reach(windowMs: number, since: number, filled: number): number {
    const newest = this.#at(0);
    let reach = 0;
    for (let back = 1; back < filled && back <= this.#cycle; back += 1) {
      const at = this.#at(back);
      if (at < since) break;
      // A cycle that came a little late must not shrink the window by a whole sample.
      if (reach > 0 && newest - at > windowMs + GRACE_MS) break;
      reach = back;
    }
    return reach;
  }

  #rate(ring: Ring, windowMs: number, since: number): number | null {
    const back = this.#reach(windowMs, since, Math.min(DEPTH, this.#cycle - ring.from + 1));
    if (back === 0) return null;
    const from = ring.bytes[(this.#cycle - back) % DEPTH] ?? 0;
    const to = ring.bytes[this.#cycle % DEPTH] ?? 0;
    const elapsed = this.#at(0) - this.#at(back);
    return elapsed > 0 ? ((to - from) * 1000) / elapsed : null;
  }
}

/** The same rate over every window. */
function steady(bps: number, spanMs: number, settled: boolean): Usage {
  return { rateBps: bps, latestBps: bps, shortBps: bps, longBps: bps, spanMs, settled };
}
