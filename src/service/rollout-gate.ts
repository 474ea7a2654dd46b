import type { Config } from '../config/schema.ts';
import { UNLIMITED } from '../control/units.ts';
import type { CycleSummary } from '../events.ts';

/** Calls that the error rate looks back on. */
const CALLS_REMEMBERED = 200;
/** One cycle over the cap is measurement; this many in a row are a gate that stays shut. */
const CYCLES_OVER = 5;

/** Is it safe to go on to the next rollout step? Error rate, latency, and whether the caps hold. */
export class RolloutGate {
  readonly #outcomes: boolean[] = [];
  #latencyMs = 0;
  #cyclesOver = 0;

  /** Each call to qBittorrent, as it ends. */
  noteCall(ok: boolean, latencyMs: number): void {
    this.#outcomes.push(ok);
    if (this.#outcomes.length > CALLS_REMEMBERED) this.#outcomes.shift();
    this.#latencyMs += (latencyMs - this.#latencyMs) * 0.2;
  }

  noteCycle(summary: CycleSummary, means: ReadonlyMap<string, number>, rollout: Config['rollout']): void {
    const over = summary.trackers.some(
      (tracker) =>
        tracker.effectiveCapBps !== UNLIMITED &&
        (means.get(tracker.id) ?? 0) > tracker.effectiveCapBps * rollout.max_cap_overshoot,
    );
    this.#cyclesOver = over ? this.#cyclesOver + 1 : 0;
  }

  /** Why the gate is shut, in the user's words; null when it is open. */
  problem(rollout: Config['rollout']): string | null {
    const failed = this.#outcomes.filter((ok) => !ok).length;
    const rate = this.#outcomes.length === 0 ? 0 : failed / this.#outcomes.length;
    if (rate > rollout.max_api_error_rate) {
      return `${failed} of the last ${this.#outcomes.length} calls to qBittorrent failed (allowed: ${rollout.max_api_error_rate * 100} %)`;
    }
    if (this.#latencyMs > rollout.max_latency_ms) {
      return `qBittorrent answers in ${Math.round(this.#latencyMs)} ms (allowed: ${rollout.max_latency_ms} ms)`;
    }
    if (this.#cyclesOver >= CYCLES_OVER) {
      return `a tracker has been over ${rollout.max_cap_overshoot} times its cap for ${this.#cyclesOver} cycles`;
    }
    return null;
  }
}
