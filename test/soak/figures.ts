/** What may grow in a long run, sampled as it goes, and its first quarter against its last. */

/** A name with its unit, and the figure. */
export type Sample = Readonly<Record<string, number>>;

export interface Growth {
  readonly figure: string;
  readonly first: number;
  readonly last: number;
  readonly most: number;
  /** What the last quarter may come to. */
  readonly bound: number;
  readonly grows: boolean;
}

/** How a figure is judged: of a count no more than before, of a size no more than measurement scatters. */
export interface Bound {
  readonly by: 'most' | 'mean';
  /** From the first quarter's figure to what the last one's may be. */
  readonly allowed: (first: number) => number;
}

export const NO_MORE: Bound = { by: 'most', allowed: (first) => first };

/** @param bounds by figure; every one that is sampled has one */
export function growthOf(samples: readonly Sample[], bounds: Readonly<Record<string, Bound>>): Growth[] {
  const quarter = Math.floor(samples.length / 4);
  if (quarter < 1) throw new RangeError(`expected 4 samples or more, got ${samples.length}`);
  return Object.entries(bounds).map(([figure, bound]) => {
    const all = samples.map((sample) => sample[figure] ?? Number.NaN);
    const summary = bound.by === 'most' ? most : mean;
    const first = summary(all.slice(0, quarter));
    const last = summary(all.slice(-quarter));
    const allowed = bound.allowed(first);
    // A figure that was not sampled has not stood the test.
    return { figure, first, last, most: most(all), bound: allowed, grows: !(last <= allowed) };
  });
}

export function growthTable(growth: readonly Growth[]): Record<string, string | number>[] {
  const rounded = (value: number) => Math.round(value * 100) / 100;
  return growth.map(({ figure, first, last, most: peak, bound, grows }) => ({
    figure,
    'first quarter': rounded(first),
    'last quarter': rounded(last),
    'most ever': rounded(peak),
    'may be': rounded(bound),
    verdict: grows ? 'GROWS' : 'bounded',
  }));
}

function most(values: readonly number[]): number {
  return Math.max(...values);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
