/** Prometheus's own library, in a file of its own: it takes 5 MB, so it is loaded only when metrics are asked for. */
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import type { Family } from './family.ts';

/** The event loop's delay is looked at so often: every 10 ms, the library's default, would wake an idle CPU. */
const EVENT_LOOP_EVERY_MS = 100;

/** The families, and the process's own metrics with them. */
export function openRegistry(families: readonly Family[]): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_EVERY_MS });
  for (const family of families) registry.registerMetric(asMetric(family));
  return registry;
}

/** The registry asks a metric for no more than this; the library's own kinds can't begin with what was counted before. */
function asMetric(family: Family): Metric {
  const { name, help, type } = family;
  const values = () =>
    family.samples().map(({ labels, value, suffix = '' }) => ({ metricName: name + suffix, labels, value }));
  return { name, help, type, get: async () => ({ name, help, type, values: values() }) } as unknown as Metric;
}
