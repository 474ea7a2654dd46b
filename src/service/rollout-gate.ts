import type { RolloutGates } from '../../machines/service.types.ts';
import type { TrackerReport } from '../control/types.ts';
import { UNLIMITED } from '../control/units.ts';

/** Calls that the error rate looks back on. */
const CALLS_REMEMBERED = 200;
/**
 * One cycle over the cap is measurement, and so is one within it. So many more over it than within it shut the gate,
 * and then so many more within it than over it open it again.
 */
const CYCLES = 5;

/** Is it safe to go on to the next rollout step? Error rate, latency, and whether the caps hold. */
export class RolloutGate {
  readonly #outcomes: boolean[] = [];
  #latencyMs = 0;
  /** 0 to `CYCLES`: up with each cycle over the cap, down with each within it. */
  #over = 0;
  #isShut = false;
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
    if (judgedBy !== this.#judgedBy) {
      this.#over = 0;
      this.#isShut = false;
    }
    this.#judgedBy = judgedBy;
    const isOver = trackers.some((tracker) => exceedsItsShare(tracker, gates.maxCapOvershoot));
    this.#over = Math.min(CYCLES, Math.max(0, this.#over + (isOver ? 1 : -1)));
    if (this.#over === CYCLES) this.#isShut = true;
    else if (this.#over === 0) this.#isShut = false;
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
    if (this.#isShut) {
      return `a tracker has been over ${gates.maxCapOvershoot} times its cap in most of the latest cycles`;
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
