import type { Metric, Registry } from 'prom-client';
import type { Family } from './family.ts';

/** The event loop's delay is looked at so often: every 10 ms, the library's default, would wake an idle CPU. */
const EVENT_LOOP_EVERY_MS = 100;

/**
 * Families as Prometheus reads them, and the process's own metrics with them. The library is loaded with the first
 * scrape: it takes 5 MB, and most installations are never asked.
 */
export class Exposition {
  readonly #families: readonly Family[];
  #registry: Promise<Registry> | null = null;

  constructor(families: readonly Family[]) {
    this.#families = families;
  }

  async text(): Promise<string> {
    this.#registry ??= this.#open();
    return await (await this.#registry).metrics();
  }

  async #open(): Promise<Registry> {
    const { collectDefaultMetrics, Registry } = await import('prom-client');
    const registry = new Registry();
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_EVERY_MS });
    for (const family of this.#families) registry.registerMetric(asMetric(family));
    return registry;
  }
}

/** The registry asks a metric for no more than this; the library's own kinds can't begin with what was counted before. */
function asMetric(family: Family): Metric {
  const { name, help, type } = family;
  const values = () =>
    family.samples().map(({ labels, value, suffix = '' }) => ({ metricName: name + suffix, labels, value }));
  return { name, help, type, get: async () => ({ name, help, type, values: values() }) } as unknown as Metric;
}
