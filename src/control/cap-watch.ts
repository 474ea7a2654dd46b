import { Lasting, type Sign } from './lasting.ts';
import type { TrackerMeans } from './tracker-means.ts';
import type { TrackerReport } from './types.ts';
import { WindowMean } from './window-mean.ts';

/** Upload of up to so many times the cap counts as holding it: more can be a matter of measurement. */
export const CAP_TOLERANCE = 1.05;
const MINUTE_MS = 60_000;

/** A mean upload beside the effective cap that was in force meanwhile, B/s. */
export interface Measured {
  readonly bps: number;
  readonly capBps: number;
}

export interface CapFigures {
  /** Null before most of the 10 s are known. */
  readonly tenSeconds: Measured | null;
  /** Null before most of the minute is known. */
  readonly minute: Measured | null;
  /** The 10 s mean is over the cap now. */
  readonly isOver: boolean;
  /** Since when the cap has been exceeded, Unix ms; null unless it has been for a minute. */
  readonly exceededSince: number | null;
}

interface Standing {
  readonly tenSecondCap: WindowMean;
  readonly minuteCap: WindowMean;
  readonly lasting: Lasting;
  /** In force since the look before. */
  capBps: number;
  figures: CapFigures;
}

/**
 * Which trackers exceed their caps, as health, statistics, metrics, log and notifications say it. The upload is compared
 * with the cap that was in force while it was measured: a cap that was just lowered is not exceeded by what was allowed
 * before.
 *
 * A cap is exceeded once its 10 s mean has been over 1.05 of it for a minute. A minute whose mean is over, although its
 * last 10 s are not, counts half: bursts that come again break the cap, too. It is held again after a good minute.
 */
export class CapWatch {
  readonly #standings = new Map<string, Standing>();

  /**
   * @param reports of the cycle that ends
   * @param at monotonic ms
   * @param now Unix ms
   */
  look(
    reports: readonly Pick<TrackerReport, 'id' | 'effectiveCapBps'>[],
    means: Pick<TrackerMeans, 'current' | 'lastMinute'>,
    at: number,
    now: number,
  ): void {
    const present = new Set(reports.map(({ id }) => id));
    for (const id of this.#standings.keys()) if (!present.has(id)) this.#standings.delete(id);
    const tenSecondMeans = means.current();
    const minuteMeans = means.lastMinute();
    for (const { id, effectiveCapBps } of reports) {
      const standing = this.#standings.get(id) ?? newStanding(effectiveCapBps);
      this.#standings.set(id, standing);
      standing.tenSecondCap.add(at, standing.capBps);
      standing.minuteCap.add(at, standing.capBps);
      standing.capBps = effectiveCapBps;
      const tenSeconds = measured(tenSecondMeans.get(id), standing.tenSecondCap);
      const minute = measured(minuteMeans.get(id), standing.minuteCap);
      standing.lasting.note(signOf(tenSeconds, minute), at, now);
      const { since: exceededSince } = standing.lasting;
      standing.figures = { tenSeconds, minute, isOver: isOver(tenSeconds), exceededSince };
    }
  }

  figures(trackerId: string): CapFigures | undefined {
    return this.#standings.get(trackerId)?.figures;
  }

  /** Ids of the trackers whose caps are exceeded. */
  exceeded(): string[] {
    return [...this.#standings].filter(([, { figures }]) => figures.exceededSince !== null).map(([id]) => id);
  }

  /** Forgets all: no cap is kept now, or the caps have not been kept for a while. */
  reset(): void {
    this.#standings.clear();
  }
}

function newStanding(capBps: number): Standing {
  return {
    tenSecondCap: new WindowMean(),
    minuteCap: new WindowMean(MINUTE_MS),
    lasting: new Lasting(),
    capBps,
    figures: { tenSeconds: null, minute: null, isOver: false, exceededSince: null },
  };
}

function measured(bps: number | undefined, cap: WindowMean): Measured | null {
  const capBps = cap.mean();
  return bps === undefined || capBps === null ? null : { bps, capBps };
}

function signOf(tenSeconds: Measured | null, minute: Measured | null): Sign {
  if (isOver(tenSeconds)) return 'yes';
  return isOver(minute) ? 'partly' : 'no';
}

function isOver(mean: Measured | null): boolean {
  return mean !== null && mean.bps > mean.capBps * CAP_TOLERANCE;
}
