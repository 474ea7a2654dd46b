import { sum } from '../../control/sum.ts';
import type { TrackerReport } from '../../control/types.ts';
import { humanRate, MIN_LIMIT_BPS } from '../../control/units.ts';
import { STANDBY_WRITES_PER_MINUTE } from '../limits/standby-pace.ts';

/** What torrents hold as of the last cycle. */
export interface StandbyCounts {
  /** Torrents whose limit is planned by what they use. */
  readonly managed: number;
  /** Idle torrents under a standby limit. */
  readonly standby: number;
  /** Idle torrents that are yet to get one. */
  readonly waiting: number;
}

/**
 * The last cycle counts torrents whose own limit is lower, too, and limits are held that it did not plan: none is counted
 * that both don't have.
 * @param held torrents in the client that hold a limit of Qguardarr's now: none after a rollback, whatever the last
 *   cycle was
 */
export function standbyCounts(trackers: readonly TrackerReport[], held: number): StandbyCounts {
  const planned = sum(trackers, (tracker) => tracker.managed);
  const managed = Math.min(held, planned);
  const standby = Math.min(
    held - managed,
    sum(trackers, (tracker) => tracker.standby),
  );
  return { managed, standby, waiting: sum(trackers, (tracker) => tracker.standbyWaiting) };
}

/** What standby limits can't do, or not yet; one line for each. */
export function standbyProblems(trackers: readonly TrackerReport[]): string[] {
  const problems: string[] = [];
  const waiting = sum(trackers, (tracker) => tracker.standbyWaiting);
  const idle = waiting + sum(trackers, (tracker) => tracker.standby);
  if (waiting > 0) {
    problems.push(
      `${waiting} of ${idle} idle torrents have no standby limit yet: about ${STANDBY_WRITES_PER_MINUTE} are ` +
        'written a minute, those that are most likely to wake first',
    );
  }
  for (const tracker of trackers) {
    const problem = excessProblem(tracker) ?? capTooSmall(tracker);
    if (problem !== null) problems.push(`tracker "${tracker.id}": ${problem}`);
  }
  return problems;
}

function excessProblem({ excess }: TrackerReport): string | null {
  if (excess === 0) return null;
  return `${excess} torrents upload beyond max_managed_torrents and are held at standby limits: raise max_managed_torrents`;
}

/** No limit below 1 KiB/s is ever written, so the standby limits of many torrents add up to more than a small cap. */
function capTooSmall({ capBps, standby, standbyWaiting, standbyBps }: TrackerReport): string | null {
  // Limits that are about to be lowered may add up to more for a moment.
  if ((standby + standbyWaiting) * MIN_LIMIT_BPS <= capBps) return null;
  const most = Math.floor(capBps / MIN_LIMIT_BPS);
  return (
    `its cap of ${humanRate(capBps)} holds while no more than ${most} of its torrents upload at once: the standby ` +
    `limits of ${standby + standbyWaiting} idle ones add up to ${humanRate(standbyBps)}, at 1 KiB/s each or more; ` +
    'raise the cap, or seed fewer torrents of the tracker'
  );
}
