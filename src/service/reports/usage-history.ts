import type { TrackerReport } from '../../control/types.ts';
import type { HistoryReport } from '../live-types.ts';

/*
 * The last ten minutes of every tracker, so that a page just opened has something to show. One ring of instants is
 * shared by all trackers; a tracker costs two rings of numbers.
 *
 * Invariant: for each track, usage[i % POINTS] and cap[i % POINTS] are of the instant at[i % POINTS]; NaN where the
 * tracker wasn't reported (usage) or had no cap.
 */

const SPAN_MS = 600_000;
const POINTS = 300;
/** Quicker cycles, and forced ones, are left out: the ring must reach back over the whole span. */
const LEAST_STEP_MS = (SPAN_MS / POINTS) * 0.9;

interface Track {
  readonly usage: Float64Array;
  readonly cap: Float64Array;
}

export class UsageHistory {
  readonly #at = new Float64Array(POINTS);
  readonly #tracks = new Map<string, Track>();
  #count = 0;

  /** @param at Unix ms; a clock that is set back begins the history anew */
  add(at: number, trackers: readonly TrackerReport[]): void {
    const last = this.#count === 0 ? Number.NEGATIVE_INFINITY : (this.#at[(this.#count - 1) % POINTS] ?? 0);
    if (at < last) this.#count = 0;
    else if (at - last < LEAST_STEP_MS) return;
    const slot = this.#count % POINTS;
    this.#at[slot] = at;
    this.#count += 1;
    const reported = new Map(trackers.map((tracker) => [tracker.id, tracker]));
    for (const id of this.#tracks.keys()) if (!reported.has(id)) this.#tracks.delete(id);
    for (const [id, { usageBps, effectiveCapBps }] of reported) {
      const track = this.#trackOf(id);
      track.usage[slot] = usageBps;
      track.cap[slot] = Number.isFinite(effectiveCapBps) ? effectiveCapBps : Number.NaN;
    }
  }

  /** @param now Unix ms */
  report(now: number): HistoryReport {
    const slots: number[] = [];
    for (let index = Math.max(0, this.#count - POINTS); index < this.#count; index += 1) {
      const slot = index % POINTS;
      if (now - (this.#at[slot] ?? 0) <= SPAN_MS) slots.push(slot);
    }
    const take = (ring: Float64Array) => slots.map((slot) => wholeOrNull(ring[slot]));
    return {
      span_seconds: SPAN_MS / 1000,
      at: slots.map((slot) => this.#at[slot] ?? 0),
      trackers: Object.fromEntries(
        [...this.#tracks].map(([id, { usage, cap }]) => [
          id,
          { usage_bps: take(usage), effective_cap_bps: take(cap) },
        ]),
      ),
    };
  }

  #trackOf(id: string): Track {
    const known = this.#tracks.get(id);
    if (known !== undefined) return known;
    const empty = () => new Float64Array(POINTS).fill(Number.NaN);
    const track = { usage: empty(), cap: empty() };
    this.#tracks.set(id, track);
    return track;
  }
}

function wholeOrNull(value = Number.NaN): number | null {
  return Number.isNaN(value) ? null : Math.round(value);
}
