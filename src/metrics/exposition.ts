import type { Family } from './family.ts';
import type { openRegistry } from './prometheus.ts';

/** Families as Prometheus reads them. The library is loaded with the first scrape: most installations never have one. */
export class Exposition {
  readonly #families: readonly Family[];
  #registry: Promise<ReturnType<typeof openRegistry>> | null = null;

  constructor(families: readonly Family[]) {
    this.#families = families;
  }

  async text(): Promise<string> {
    this.#registry ??= this.#open();
    return await (await this.#registry).metrics();
  }

  async #open(): Promise<ReturnType<typeof openRegistry>> {
    // Not the library itself: bundled, an import() of a CommonJS package has no names but `default`.
    return (await import('./prometheus.ts')).openRegistry(this.#families);
  }
}
