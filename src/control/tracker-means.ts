import type { TorrentReading, TrackerSettings } from './types.ts';
import { WindowMean } from './window-mean.ts';

/** Mean upload of each tracker over the last 10 s. */
export class TrackerMeans {
  readonly #means = new Map<string, WindowMean>();

  /**
   * Takes up every tracker, also one without torrents: what it used must fade from its mean. Forgets the others.
   * @param instant of the samples that the readings are of, ms, never falling
   */
  add(trackers: readonly TrackerSettings[], readings: readonly TorrentReading[], instant: number): void {
    const sums = new Map(trackers.map(({ id }) => [id, { bps: 0 }]));
    for (const { trackerId, usage } of readings) {
      const sum = sums.get(trackerId);
      if (sum !== undefined) sum.bps += usage.latestBps;
    }
    for (const id of this.#means.keys()) if (!sums.has(id)) this.#means.delete(id);
    for (const [id, { bps }] of sums) {
      const mean = this.#means.get(id) ?? new WindowMean();
      this.#means.set(id, mean);
      mean.add(instant, bps);
    }
  }

  /** By tracker id, B/s; without those that are not known long enough. */
  current(): ReadonlyMap<string, number> {
    const known = new Map<string, number>();
    for (const [id, mean] of this.#means) {
      const bps = mean.mean();
      if (bps !== null) known.set(id, bps);
    }
    return known;
  }
}
