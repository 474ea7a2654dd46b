import { capProblem } from '../control/cap-problem.ts';
import type { TrackerReport } from '../control/types.ts';
import { humanRate, UNLIMITED } from '../control/units.ts';

/** Up to so much over its cap, a tracker is taken to hold it: measurement. */
const TOLERANCE = 1.05;
/** A cap counts as not held, and as held again, after so long without a cycle that says otherwise. */
const LASTING_MS = 60_000;

interface Standing {
  readonly isOver: boolean;
  /** Since when it has been as it is, monotonic ms. */
  readonly since: number;
  readonly isTold: boolean;
}

export interface CapChange {
  readonly trackerId: string;
  /** Null: it is held again. */
  readonly problem: string | null;
}

/** Which caps have not been held for a minute, and which are held again. Told once each. */
export class CapWatch {
  readonly #standings = new Map<string, Standing>();

  /** @param now monotonic ms */
  look(reports: readonly TrackerReport[], now: number): CapChange[] {
    const present = new Set(reports.map(({ id }) => id));
    for (const id of this.#standings.keys()) if (!present.has(id)) this.#standings.delete(id);
    return reports.flatMap((report) => {
      const isOver =
        report.effectiveCapBps !== UNLIMITED && report.usageBps > report.effectiveCapBps * TOLERANCE;
      const before = this.#standings.get(report.id) ?? { isOver: false, since: now, isTold: false };
      const since = before.isOver === isOver ? before.since : now;
      const isDue = now - since >= LASTING_MS && before.isTold !== isOver;
      this.#standings.set(report.id, { isOver, since, isTold: isDue ? isOver : before.isTold });
      return isDue ? [{ trackerId: report.id, problem: isOver ? problemOf(report) : null }] : [];
    });
  }
}

function problemOf(report: TrackerReport): string {
  const { usageBps, effectiveCapBps } = report;
  return capProblem(report) ?? `it uploads ${humanRate(usageBps)}, and may ${humanRate(effectiveCapBps)}`;
}
