import type { Bus } from '../bus.ts';
import type { MetricsReport } from '../service/reports/metrics-report.ts';
import { Counted } from './counted.ts';
import { Exposition } from './exposition.ts';
import { standing } from './standing.ts';

export interface MetricsParts {
  readonly bus: Bus;
  /** How things stand, asked anew for each scrape. */
  readonly report: () => MetricsReport;
}

/** What Prometheus gets: counts of what the bus tells, and how things stand when it asks. */
export class Metrics {
  readonly #counted = new Counted();
  readonly #exposition: Exposition;
  readonly #parts: MetricsParts;
  #report: MetricsReport | null = null;

  constructor(parts: MetricsParts) {
    this.#parts = parts;
    this.#exposition = new Exposition([
      ...standing(() => this.#report ?? parts.report()),
      ...this.#counted.families,
    ]);
  }

  start(): void {
    this.#counted.start(this.#parts.bus);
  }

  stop(): void {
    this.#counted.stop();
  }

  /** The text exposition format, version 0.0.4. All of it is of one moment. */
  async text(): Promise<string> {
    this.#report = this.#parts.report();
    return await this.#exposition.text();
  }
}
