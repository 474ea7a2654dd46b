import type { RolloutGates } from '../../machines/service.types.ts';
import type { TrackerReport } from '../control/types.ts';
import { UNLIMITED } from '../control/units.ts';

/** Calls that the error rate looks back on. */
const CALLS_REMEMBERED = 200;
/** One cycle over the cap is measurement; this many in a row are a gate that stays shut. */
const CYCLES_OVER = 5;

/** Is it safe to go on to the next rollout step? Error rate, latency, and whether the caps hold. */
export class RolloutGate {
  readonly #outcomes: boolean[] = [];
  #latencyMs = 0;
  #cyclesOver = 0;
  /** What the cycles over were judged by: percentage and caps. */
  #judgedBy = '';

  /** Each call to qBittorrent, as it ends. */
  noteCall(ok: boolean, latencyMs: number): void {
    this.#outcomes.push(ok);
    if (this.#outcomes.length > CALLS_REMEMBERED) this.#outcomes.shift();
    this.#latencyMs += (latencyMs - this.#latencyMs) * 0.2;
  }

  /** @param percentage of rollout, 0..100: with another, or another cap, the count begins anew */
  noteCycle(trackers: readonly TrackerReport[], percentage: number, gates: RolloutGates): void {
    const judgedBy = [percentage, ...trackers.map(({ id, capBps }) => `${id} ${capBps}`)].join();
    if (judgedBy !== this.#judgedBy) this.#cyclesOver = 0;
    this.#judgedBy = judgedBy;
    const isOver = trackers.some((tracker) => exceedsItsShare(tracker, gates.maxCapOvershoot));
    this.#cyclesOver = isOver ? this.#cyclesOver + 1 : 0;
  }

  /** Why the gate is shut, in the user's words; null when it is open. */
  problem(gates: RolloutGates): string | null {
    const failed = this.#outcomes.filter((ok) => !ok).length;
    const rate = this.#outcomes.length === 0 ? 0 : failed / this.#outcomes.length;
    if (rate > gates.maxApiErrorRate) {
      return `${failed} of the last ${this.#outcomes.length} calls to qBittorrent failed (allowed: ${gates.maxApiErrorRate * 100} %)`;
    }
    if (this.#latencyMs > gates.maxLatencyMs) {
      return `qBittorrent answers in ${Math.round(this.#latencyMs)} ms (allowed: ${gates.maxLatencyMs} ms)`;
    }
    if (this.#cyclesOver >= CYCLES_OVER) {
      return `a tracker has been over ${gates.maxCapOvershoot} times its cap for ${this.#cyclesOver} cycles`;
    }
    return null;
  }
}

/** What is managed, against what the torrents outside leave of the cap: those are no fault of the rollout. */
function exceedsItsShare(tracker: TrackerReport, overshoot: number): boolean {
  const { effectiveCapBps, usageBps, outsideBps, cannotHold } = tracker;
  if (effectiveCapBps === UNLIMITED || cannotHold !== null || outsideBps >= effectiveCapBps) return false;
  return usageBps - outsideBps > (effectiveCapBps - outsideBps) * overshoot;
}
