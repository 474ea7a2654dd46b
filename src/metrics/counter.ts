import type { Family, Labels, Sample } from './family.ts';

/** Counts up from the start of the process, whether anyone asks or not. */
export class Counter implements Family {
  readonly type = 'counter';
  readonly name: string;
  readonly help: string;
  readonly #series = new Map<string, { readonly labels: Labels; value: number }>();

  /** @param known series that are there from the start: the first increase of one that isn't goes unseen */
  constructor(name: `${string}_total`, help: string, known: readonly Labels[] = []) {
    this.name = name;
    this.help = help;
    for (const labels of known) this.add(0, labels);
  }

  add(amount: number, labels: Labels = {}): void {
    const key = JSON.stringify(labels);
    const series = this.#series.get(key);
    if (series === undefined) this.#series.set(key, { labels, value: amount });
    else series.value += amount;
  }

  samples(): Sample[] {
    return [...this.#series.values()].map(({ labels, value }) => ({ labels, value }));
  }
}
