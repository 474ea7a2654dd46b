import { creditBps } from './credit.ts';
import { grantChanges } from './grant.ts';
import type { Loan } from './lending.ts';
import { crowdSize } from './standby.ts';
import { standbyChanges } from './standby-changes.ts';
import { count, sum } from './sum.ts';
import { availableOf, grantedOf, type Survey } from './survey.ts';
import { computeTargets, type Target } from './targets.ts';
import { nextTrim, UNTRIMMED } from './trim.ts';
import type {
  CannotHold,
  ControlSettings,
  LimitChange,
  TorrentReading,
  TrackerMemory,
  TrackerReport,
} from './types.ts';
import { MIN_LIMIT_BPS, UNLIMITED } from './units.ts';

export interface TrackerPlanInput {
  readonly now: number;
  readonly settings: ControlSettings;
  readonly survey: Survey;
  /** Null unless it lends or borrows. */
  readonly loan: Loan | null;
  readonly meanBps: number | null;
  /** Torrents of the tracker beside those of the survey. */
  readonly dormant: number;
}

export interface TrackerPlan {
  readonly report: TrackerReport;
  readonly changes: readonly LimitChange[];
  readonly memory: TrackerMemory;
}

/** One tracker's part of a cycle: what is outside comes off what it is granted, the rest is shared. */
export function planTracker(input: TrackerPlanInput): TrackerPlan {
  const { settings, survey, loan } = input;
  const { capBps, outsideBps, estimates, guardBps, idleGuard, before } = survey;
  const grantedBps = grantedOf(capBps, outsideBps, loan);
  const availableBps = availableOf(grantedBps, outsideBps, before.trim);
  const capped = grantedBps !== UNLIMITED;
  const { levelBps, roomBudgetBps, targets } = computeTargets({
    strategy: settings.strategy,
    estimates,
    guardBps,
    idleGuard,
    capBps: grantedBps,
    availableBps,
  });
  const granted = grantChanges({
    targets,
    availableBps,
    roomBudgetBps,
    mostIdleBps: idleGuard.mostBps,
    creditBps: capped ? creditBps(grantedBps, input.meanBps) : 0,
    differentialThreshold: settings.differentialThreshold,
  });
  const released = survey.outside
    .filter((reading) => reading.held)
    .map((reading) => release(reading, capped));
  return {
    changes: [...granted, ...released, ...standbyChanges(survey)],
    memory: {
      trim: capped
        ? nextTrim(before.trim, {
            now: input.now,
            meanBps: input.meanBps,
            grantedBps,
            saturated: levelBps !== UNLIMITED,
          })
        : UNTRIMMED,
      loan,
      torrents: survey.memories,
    },
    report: report(input, targets, levelBps),
  };
}

function report(
  { settings, survey, loan, dormant }: TrackerPlanInput,
  targets: readonly Target[],
  levelBps: number,
): TrackerReport {
  const { tracker, readings, roles, crowd, outside, excess, outsideBps } = survey;
  const idle = readings.filter((_, index) => roles[index] === 'standby');
  // No limit below 1024 is ever written, as qBittorrent might read it as none.
  const leastBps = sum(targets, ({ known }) => Math.min(known.demandBps, MIN_LIMIT_BPS));
  const outsideRolloutBps = sum(outside, ({ inRollout, usage }) => (inRollout ? 0 : usage.rateBps));
  const { capBps } = tracker;
  return {
    id: tracker.id,
    capBps,
    effectiveCapBps: survey.capBps + (loan?.borrowedBps ?? 0),
    borrowedBps: loan?.borrowedBps ?? 0,
    lentBps: loan?.lentBps ?? 0,
    wantBps: survey.wantBps,
    usageBps: survey.usageBps,
    outsideBps,
    levelBps,
    trim: survey.before.trim.factor,
    torrents: readings.length + dormant + crowdSize(crowd),
    managed: count(roles, (role) => role === 'managed'),
    standby: idle.length + crowd.resting + crowd.due.length,
    standbyBps: standbySum(survey, idle),
    standbyWaiting: crowd.waiting,
    excess: excess.length,
    active: count(readings, ({ usage }) => usage.rateBps > settings.activeThresholdBps),
    outsideRolloutBps,
    cannotHold: outsideBps + leastBps > capBps ? mostOf(outsideRolloutBps, outsideBps, leastBps) : null,
  };
}

/** What standby limits add up to once all are written, B/s. */
function standbySum({ crowd, idleGuard }: Survey, idle: readonly TorrentReading[]): number {
  const limitBps = crowd.limitBps ?? 0;
  const newBps = (crowd.due.length + crowd.waiting) * limitBps;
  return (
    crowd.restingBps +
    newBps +
    sum(idle, (reading) => (reading.limitBps === UNLIMITED ? idleGuard.limitBps : reading.limitBps))
  );
}

/** The largest part of what can't be limited. */
function mostOf(rolloutBps: number, outsideBps: number, leastBps: number): CannotHold {
  const beyondBps = outsideBps - rolloutBps;
  if (rolloutBps >= Math.max(beyondBps, leastBps)) return 'rollout';
  return beyondBps >= leastBps ? 'max-managed' : 'least-limit';
}

function release(reading: TorrentReading, capped: boolean): LimitChange {
  const why = !capped
    ? 'its tracker is unlimited'
    : reading.inRollout
      ? 'idle'
      : 'left rollout, or rolled back';
  return {
    key: reading.key,
    trackerId: reading.trackerId,
    fromBps: reading.limitBps,
    toBps: reading.ownLimitBps,
    binds: true,
    kind: 'release',
    reason: `released: ${why}`,
  };
}
