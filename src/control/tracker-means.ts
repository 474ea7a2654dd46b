import type { TorrentReading, TrackerSettings } from './types.ts';
import { WindowMean } from './window-mean.ts';

const MINUTE_MS = 60_000;

interface Means {
  readonly tenSeconds: WindowMean;
  readonly minute: WindowMean;
}

/** Mean upload of each tracker over the last 10 s, and over the last minute. */
export class TrackerMeans {
  readonly #means = new Map<string, Means>();

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
      const means = this.#means.get(id) ?? {
        tenSeconds: new WindowMean(),
        minute: new WindowMean(MINUTE_MS),
      };
      this.#means.set(id, means);
      means.tenSeconds.add(instant, bps);
      means.minute.add(instant, bps);
    }
  }

  /** Over the last 10 s, by tracker id, B/s; without those that are not known long enough. */
  current(): ReadonlyMap<string, number> {
    return this.#known(({ tenSeconds }) => tenSeconds.mean());
  }

  /** As `current`, over the last minute. */
  lastMinute(): ReadonlyMap<string, number> {
    return this.#known(({ minute }) => minute.mean());
  }

  #known(meanOf: (means: Means) => number | null): ReadonlyMap<string, number> {
    const known = new Map<string, number>();
    for (const [id, means] of this.#means) {
      const bps = meanOf(means);
      if (bps !== null) known.set(id, bps);
    }
    return known;
  }
}
