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
    const sumsBps = new Map<string, number>();
    for (const { trackerId, usage } of readings)
      sumsBps.set(trackerId, (sumsBps.get(trackerId) ?? 0) + usage.latestBps);
    const known = new Set(trackers.map(({ id }) => id));
    for (const id of this.#means.keys()) if (!known.has(id)) this.#means.delete(id);
    for (const id of known) {
      const mean = this.#means.get(id) ?? new WindowMean();
      this.#means.set(id, mean);
      mean.add(instant, sumsBps.get(id) ?? 0);
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
