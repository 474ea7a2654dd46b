import type { CannotHold, TrackerReport } from './types.ts';
import { humanRate } from './units.ts';

const WHAT_HELPS: Readonly<Record<CannotHold, string>> = {
  rollout:
    'raise rollout_percentage, POST /resume what was rolled back, or give those torrents limits of their own',
  'max-managed': 'raise max_managed_torrents',
  'least-limit': 'raise the cap, or pause some of its torrents',
};

type Reported = Pick<TrackerReport, 'cannotHold' | 'capBps' | 'outsideBps' | 'outsideRolloutBps' | 'managed'>;

/** Why the tracker's cap can't be held at present, and what helps; null while it can. */
export function capProblem(report: Reported): string | null {
  const obstacle = capObstacle(report);
  return obstacle === null ? null : `its cap of ${humanRate(report.capBps)} can't be held: ${obstacle}`;
}

/** As `capProblem`: the reason and what helps alone. */
export function capObstacle(report: Reported): string | null {
  const { cannotHold, outsideBps, outsideRolloutBps, managed } = report;
  if (cannotHold === null) return null;
  const causes: Readonly<Record<CannotHold, string>> = {
    rollout: `torrents that rollout or a rollback leaves out upload ${humanRate(outsideRolloutBps)}`,
    'max-managed': `torrents beyond max_managed_torrents upload ${humanRate(outsideBps - outsideRolloutBps)}`,
    'least-limit': `${managed} torrents can't be limited below 1 KiB/s each`,
  };
  return `${causes[cannotHold]}; ${WHAT_HELPS[cannotHold]}`;
}
