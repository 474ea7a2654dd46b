import type { HistoryReport, LiveStats } from '../../service/live-types.ts';

/** What a chart draws: seconds, B/s used, B/s effective cap; null is a gap, or no cap. */
export interface Series {
  readonly at: number[];
  readonly usage: (number | null)[];
  readonly cap: (number | null)[];
}

/** A line isn't drawn over a time in which nothing was measured. */
const GAP_S = 12;

/**
 * The last minutes of each tracker: begun from the server's history, carried on by the live stats.
 * Invariant: a series' three lists are of one length, and `at` only grows.
 */
export class SeriesSet {
  readonly #series = new Map<string, Series>();
  readonly #spanS: number;

  constructor(spanS = 600) {
    this.#spanS = spanS;
  }

  of(trackerId: string): Series {
    return this.#series.get(trackerId) ?? { at: [], usage: [], cap: [] };
  }

  /** Takes the server's word for all that was. */
  begin(history: HistoryReport): void {
    this.#series.clear();
    for (const [id, track] of Object.entries(history.trackers)) {
      const series = this.#seriesOf(id);
      history.at.forEach((ms, index) => {
        add(series, ms / 1000, track.usage_bps[index] ?? null, track.effective_cap_bps[index] ?? null);
      });
    }
  }

  add(stats: LiveStats): void {
    if (stats.at === null) return;
    const known = new Set(stats.trackers.map(({ id }) => id));
    for (const id of this.#series.keys()) if (!known.has(id)) this.#series.delete(id);
    for (const tracker of stats.trackers) {
      const series = this.#seriesOf(tracker.id);
      add(series, stats.at / 1000, tracker.usage_bps, tracker.effective_cap_bps);
      this.#trim(series, stats.at / 1000);
    }
  }

  #seriesOf(id: string): Series {
    const series = this.#series.get(id) ?? { at: [], usage: [], cap: [] };
    this.#series.set(id, series);
    return series;
  }

  #trim({ at, usage, cap }: Series, now: number): void {
    let old = 0;
    while (old < at.length && now - (at[old] ?? now) > this.#spanS) old += 1;
    for (const list of [at, usage, cap]) list.splice(0, old);
  }
}

function add({ at, usage, cap }: Series, seconds: number, used: number | null, capped: number | null): void {
  const last = at.at(-1) ?? Number.NEGATIVE_INFINITY;
  if (seconds <= last) return;
  if (seconds - last > GAP_S && at.length > 0) {
    at.push(last + 1);
    usage.push(null);
    cap.push(cap.at(-1) ?? null);
  }
  at.push(seconds);
  usage.push(used);
  cap.push(capped);
}
