import type { Config } from '../config/schema.ts';
import { compileMatcher, type Matcher } from '../control/matching.ts';
import { DryRunLimits } from './limits/dry-run.ts';

/** The config in force and what is made from it. Replaced whole: half of a new one is never seen. */
export class LiveConfig {
  #config: Config;
  #matcher: Matcher;
  #dryRun: DryRunLimits | null;

  constructor(config: Config) {
    this.#config = config;
    this.#matcher = compileMatcher(config.trackers);
    this.#dryRun = config.global.dry_run ? new DryRunLimits(config.global.dry_run_store_path) : null;
  }

  get config(): Config {
    return this.#config;
  }

  get matcher(): Matcher {
    return this.#matcher;
  }

  /** The limits that a dry run pretends to have set; null when limits are really set. */
  get dryRun(): DryRunLimits | null {
    return this.#dryRun;
  }

  replace(config: Config): void {
    this.#matcher = compileMatcher(config.trackers);
    if (!config.global.dry_run) this.#dryRun = null;
    else this.#dryRun ??= new DryRunLimits(config.global.dry_run_store_path);
    this.#config = config;
  }
}
