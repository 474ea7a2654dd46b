import type { Family, Labels, Sample } from './family.ts';

interface Series {
  readonly labels: Labels;
  /** Observations in each bucket alone; the last is for those above every bound. */
  readonly counts: number[];
  sum: number;
}

/** How observations are spread, by upper bounds. */
export class Histogram implements Family {
  readonly type = 'histogram';
  readonly name: string;
  readonly help: string;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Series>();

  /**
   * @param bounds growing; the one that is infinite is added
   * @param known series that are there from the start
   */
  constructor(name: string, help: string, bounds: readonly number[], known: readonly Labels[] = []) {
    this.name = name;
    this.help = help;
    this.#bounds = bounds;
    for (const labels of known) this.#of(labels);
  }

  observe(value: number, labels: Labels = {}): void {
    const series = this.#of(labels);
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    const index = bucket === -1 ? this.#bounds.length : bucket;
    series.counts[index] = (series.counts[index] ?? 0) + 1;
    series.sum += value;
  }

  samples(): Sample[] {
    return [...this.#series.values()].flatMap((series) => this.#samplesOf(series));
  }

  #samplesOf({ labels, counts, sum }: Series): Sample[] {
    let upTo = 0;
    const buckets = counts.map((count, index): Sample => {
      upTo += count;
      const bound = this.#bounds[index];
      const le = bound === undefined ? '+Inf' : String(bound);
      return { suffix: '_bucket', labels: { ...labels, le }, value: upTo };
    });
    return [...buckets, { suffix: '_sum', labels, value: sum }, { suffix: '_count', labels, value: upTo }];
  }

  #of(labels: Labels): Series {
    const key = JSON.stringify(labels);
    const found = this.#series.get(key);
    if (found !== undefined) return found;
    const series = { labels, counts: [...this.#bounds, Infinity].map(() => 0), sum: 0 };
    this.#series.set(key, series);
    return series;
  }
}
