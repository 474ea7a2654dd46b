import { grown } from './grown.ts';
import type { Open } from './open.ts';
import type { TorrentKey } from './torrent.ts';
import type { Usage } from './types.ts';

/*
 * Rates from byte counters and real elapsed time. qBittorrent moves all its counters together once per
 * refresh interval, so every torrent is sampled at the same instants: the instants are kept once, and a
 * torrent costs one short ring of numbers, and only while it moves. An idle torrent costs nothing.
 *
 * Invariant: for each key in `slots`, its ring's place i % DEPTH has the counter as read at instant i, for the last
 * DEPTH instants up to `filledTo`, from `from` on. All rings stand in one array, a slot each, so that thousands of
 * them are nothing to the garbage collector.
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

/** Of what is kept for each slot beside its ring, in `marks`. */
const MARKS = 4;
/** Number of the earliest instant that the ring knows. */
const FROM = 0;
/** Number of the instant before it woke: what came before says nothing of what it does now. */
const WOKE_AT = 1;
/** Number of the last movement's instant. */
const MOVED_AT = 2;
/** Number of the last instant that the ring is filled for. */
const FILLED_TO = 3;

const FIRST_SLOTS = 64;

export class RateMeter {
  readonly #instants = new Float64Array(DEPTH);
  readonly #slots = new Map<TorrentKey, number>();
  readonly #freeSlots: number[] = [];
  #bytes = new Float64Array(FIRST_SLOTS * DEPTH);
  #marks = new Int32Array(FIRST_SLOTS * MARKS);
  /** First sampled at the present instant: there is no rate of it yet. */
  readonly #fresh = new Set<TorrentKey>();
  #cycle = -1;

  /** At the very first instant nothing is known of any torrent yet, and none need be sampled. */
  get isFirst(): boolean {
    return this.#cycle <= 0;
  }

  /**
   * Begins a sampling instant; `sample` then takes the counters that have moved, as of `at` (ms, monotonic).
   * Returns false when it is the last one again, as nothing new was read: its samples are taken over.
   */
  begin(at: number): boolean {
    if (this.#cycle >= 0 && at === this.#at(0)) return false;
    this.#cycle += 1;
    this.#fresh.clear();
    this.#instants[this.#cycle % DEPTH] = at;
    this.#slots.forEach((slot, key) => {
      if (this.#cycle - this.#mark(slot, MOVED_AT) >= DEPTH) this.#forget(key);
    });
    return true;
  }

  /**
   * A torrent that is not sampled has not moved.
   * @param before its session upload counter as last sampled, or null at first sight
   * @param bytes the counter now; one that fell (client restarted) starts anew
   */
  sample(key: TorrentKey, before: number | null, bytes: number): void {
    if (before === null || bytes < before) this.#forget(key);
    if (before === null && !this.isFirst) this.#fresh.add(key);
    if (before === null || bytes <= before) return;
    const slot = this.#slots.get(key) ?? this.#wake(key, before);
    this.#catchUp(slot);
    this.#put(slot, this.#cycle, bytes);
    this.#setMark(slot, MOVED_AT, this.#cycle);
  }

  /**
   * @param changedAt when the present limit took effect, same clock as `begin`; samples before don't count.
   *   null: never changed
   * @param shownBps the client's own figure, which stands in while there is no second sample
   * @param into takes the figures, and is returned: a new one by default
   */
  usage(key: TorrentKey, changedAt: number | null, shownBps = 0, into: Open<Usage> = noUsage()): Usage {
    if (this.isFirst || this.#fresh.has(key)) return steady(into, shownBps, 0, false);
    const slot = this.#slots.get(key);
    if (slot !== undefined) this.#catchUp(slot);
    const since = changedAt ?? Number.NEGATIVE_INFINITY;
    const judgedFrom = Math.max(since, this.#wokeAt(slot));
    const instants = this.#instantsSince(judgedFrom);
    const span = this.#span(CONTROL_WINDOW_MS, judgedFrom);
    const settled = instants > SETTLED_INTERVALS && span >= SETTLED_SPAN_MS;
    const spanMs = this.#span(LONG_WINDOW_MS, judgedFrom);
    if (slot === undefined) return steady(into, 0, spanMs, settled);
    const own = this.#rate(slot, CONTROL_WINDOW_MS, since);
    // Nothing sampled since the change: what it still uses is what counts, not 0.
    const rateBps = own ?? this.#rate(slot, CONTROL_WINDOW_MS, Number.NEGATIVE_INFINITY) ?? 0;
    into.rateBps = rateBps;
    into.latestBps = this.#rate(slot, 1, Number.NEGATIVE_INFINITY) ?? rateBps;
    into.shortBps = this.#rate(slot, SHORT_WINDOW_MS, Number.NEGATIVE_INFINITY) ?? rateBps;
    into.longBps = this.#rate(slot, LONG_WINDOW_MS, judgedFrom) ?? rateBps;
    into.spanMs = spanMs;
    into.settled = settled;
    return into;
  }

  /** A slot whose ring is as if it had been sampled all along: an idle counter stood still at `before`. */
  #wake(key: TorrentKey, before: number): number {
    const slot = this.#freeSlots.pop() ?? this.#slots.size;
    this.#slots.set(key, slot);
    this.#reserve(slot);
    this.#bytes.fill(before, slot * DEPTH, (slot + 1) * DEPTH);
    this.#setMark(slot, FROM, Math.max(0, this.#cycle - DEPTH + 1));
    this.#setMark(slot, WOKE_AT, this.#cycle - 1);
    this.#setMark(slot, FILLED_TO, this.#cycle);
    return slot;
  }

  #forget(key: TorrentKey): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    this.#slots.delete(key);
    this.#freeSlots.push(slot);
  }

  #reserve(slot: number): void {
    if (slot * MARKS < this.#marks.length) return;
    this.#bytes = grown(new Float64Array(this.#bytes.length * 2), this.#bytes);
    this.#marks = grown(new Int32Array(this.#marks.length * 2), this.#marks);
  }

  #mark(slot: number, mark: number): number {
    return this.#marks[slot * MARKS + mark] ?? 0;
  }

  #setMark(slot: number, mark: number, instant: number): void {
    this.#marks[slot * MARKS + mark] = instant;
  }

  #counter(slot: number, instant: number): number {
    return this.#bytes[slot * DEPTH + (instant % DEPTH)] ?? 0;
  }

  #put(slot: number, instant: number, bytes: number): void {
    this.#bytes[slot * DEPTH + (instant % DEPTH)] = bytes;
  }

  /** It stood still at the instants at which it wasn't sampled. */
  #catchUp(slot: number): void {
    const filledTo = this.#mark(slot, FILLED_TO);
    for (let instant = filledTo; instant < this.#cycle; instant += 1)
      this.#put(slot, instant + 1, this.#counter(slot, instant));
    this.#setMark(slot, FILLED_TO, this.#cycle);
  }

  #wokeAt(slot: number | undefined): number {
    const back = slot === undefined ? DEPTH : this.#cycle - this.#mark(slot, WOKE_AT);
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

  #rate(slot: number, windowMs: number, since: number): number | null {
    const known = this.#cycle - this.#mark(slot, FROM) + 1;
    const back = this.#reach(windowMs, since, Math.min(DEPTH, known));
    if (back === 0) return null;
    const from = this.#counter(slot, this.#cycle - back);
    const to = this.#counter(slot, this.#cycle);
    const elapsed = this.#at(0) - this.#at(back);
    return elapsed > 0 ? ((to - from) * 1000) / elapsed : null;
  }
}

/** The same rate over every window. */
function steady(into: Open<Usage>, bps: number, spanMs: number, settled: boolean): Usage {
  into.rateBps = bps;
  into.latestBps = bps;
  into.shortBps = bps;
  into.longBps = bps;
  into.spanMs = spanMs;
  into.settled = settled;
  return into;
}

export function noUsage(): Open<Usage> {
  return { rateBps: 0, latestBps: 0, shortBps: 0, longBps: 0, spanMs: 0, settled: false };
}
