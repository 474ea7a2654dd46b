import { groupCalls, withinBudget } from './calls.ts';
import { capsWithinClient } from './client-limit.ts';
import { groupBy } from './group-by.ts';
import { type LendingTracker, type Loan, lend } from './lending.ts';
import { limitToWire } from './limit-mark.ts';
import { type Role, rolesOf } from './selection.ts';
import { crowdSize, NO_CROWD } from './standby.ts';
import { atOnce, type Steps } from './steps.ts';
import { count, sum, total } from './sum.ts';
import { type Survey, type SurveyInput, surveyTracker } from './survey.ts';
import { planTracker, type TrackerPlan } from './tracker-plan.ts';
import type {
  ControlSettings,
  LimitCall,
  LimitChange,
  Plan,
  PlanInput,
  TorrentReading,
  TrackerMemory,
  TrackerSettings,
} from './types.ts';
import { UNLIMITED } from './units.ts';

/**
 * Where a cap becomes a limit: from one cycle's readings to the calls that bring every tracker to its cap.
 * Pure: equal inputs give equal plans, whatever the order of the readings.
 */
export function plan(input: PlanInput): Plan {
  return atOnce(planInSteps(input));
}

/** As `plan`, in steps of a tracker each. */
export function* planInSteps(input: PlanInput): Steps<Plan> {
  const { settings, memory, now } = input;
  const readings = byKey(input.readings);
  yield;
  const roles = rolesOf(readings, settings, memory, now);
  yield;
  const groups = byTracker(readings, roles);
  yield;

  const groupOf = (id: string) => groups.get(id) ?? NO_TORRENTS;
  const { clientLimitBps } = input;
  const readingsOf = (id: string) => groupOf(id).readings;
  const caps = capsWithinClient({ clientLimitBps, trackers: settings.trackers, readingsOf, memory });
  const surveyOf = (tracker: TrackerSettings): Survey => {
    const capBps = caps.get(tracker.id) ?? tracker.capBps;
    const crowd = input.crowds.get(tracker.id) ?? NO_CROWD;
    return surveyTracker({ now, settings, tracker, capBps, ...groupOf(tracker.id), crowd, memory });
  };
  // Who lends and borrows must know all first. Elsewhere one tracker is done with before the next is looked at, so that
  // what was made for it dies young.
  const surveys: Survey[] = [];
  for (const tracker of mayLend(input) ? settings.trackers : []) {
    surveys.push(surveyOf(tracker));
    yield;
  }
  const loans = loansOf(surveys, input);
  const parts: TrackerPlan[] = [];
  for (const [index, tracker] of settings.trackers.entries()) {
    const { id } = tracker;
    const survey = surveys[index] ?? surveyOf(tracker);
    const meanBps = input.tenSecondMeans.get(id) ?? null;
    const dormant = input.dormant.get(id) ?? 0;
    parts.push(planTracker({ now, settings, survey, loan: loans.get(id) ?? null, meanBps, dormant }));
    yield;
  }
  const changes = [...parts.flatMap((part) => part.changes), ...releaseOrphans(readings, settings)].filter(
    changesTheWire,
  );
  const calls = groupCalls(changes);
  const sent = withinBudget(calls, settings.maxCallsPerCycle, memory.turn);
  return {
    calls: sent,
    deferred: calls.length - sent.length,
    considered:
      readings.length + total([...input.dormant.values()]) + sum([...input.crowds.values()], crowdSize),
    managed: count(roles, (role) => role === 'managed'),
    standby: sum(parts, ({ report }) => report.standby),
    trackers: parts.map((part) => part.report),
    memory: {
      trackers: new Map(parts.map((part): [string, TrackerMemory] => [part.report.id, part.memory])),
      turn: memory.turn + 1,
    },
  };
}

/** A tracker's torrents, and what each of them is to the cycle. */
type TorrentGroup = Pick<SurveyInput, 'readings' | 'roles'>;

const NO_TORRENTS: TorrentGroup = { readings: [], roles: [] };

function byTracker(
  readings: readonly TorrentReading[],
  roles: readonly Role[],
): ReadonlyMap<string, TorrentGroup> {
  const places = groupBy(readings.keys(), (place) => readings[place]?.trackerId ?? '');
  return new Map(
    [...places].map(([id, own]): [string, TorrentGroup] => [
      id,
      {
        readings: own.flatMap((place) => readings[place] ?? []),
        roles: own.map((place) => roles[place] ?? 'outside'),
      },
    ]),
  );
}

/** In one order, whatever the order they came in: what is summed up depends on it in the last digit. */
function byKey(readings: readonly TorrentReading[]): readonly TorrentReading[] {
  const isInOrder = readings.every(({ key }, index) => index === 0 || (readings[index - 1]?.key ?? '') < key);
  return isInOrder ? readings : [...readings].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Under `soft`; and as long as there are loans from before it was switched off, which are taken back like any. */
function mayLend({ settings, memory }: PlanInput): boolean {
  return (
    settings.strategy === 'soft' ||
    settings.trackers.some(({ id }) => (memory.trackers.get(id)?.loan ?? null) !== null)
  );
}

/**
 * Unlimited trackers take no part, and what is outside our hands is neither lent nor borrowed for.
 * @param surveys of all trackers, or none where none may lend
 */
function loansOf(
  surveys: readonly Survey[],
  { settings, trackerStates, now }: PlanInput,
): ReadonlyMap<string, Loan> {
  if (surveys.length === 0) return new Map();
  const isSoft = settings.strategy === 'soft';
  const capped = surveys.filter(({ tracker }) => tracker.capBps !== UNLIMITED);
  const trackers = capped.map(
    ({ tracker, capBps, outsideBps, wantBps, managedShortBps, before }): LendingTracker => {
      const state = trackerStates.get(tracker.id);
      return {
        id: tracker.id,
        capBps: Math.max(0, capBps - outsideBps),
        priority: tracker.priority,
        mayBorrow: isSoft && (state === 'pressing' || state === 'borrowing'),
        maxLoanBps: settings.soft.maxBorrowFraction * capBps,
        wantBps: wantBps - outsideBps,
        usageBps: managedShortBps,
        before: before.loan,
      };
    },
  );
  const loans = lend(trackers, settings.soft, now);
  const isOver = [...loans.values()].every(
    ({ borrowedBps, returningBps }) => borrowedBps + returningBps === 0,
  );
  return !isSoft && isOver ? new Map() : loans;
}

/** Torrents held under a tracker that the configuration no longer has. */
function releaseOrphans(readings: readonly TorrentReading[], settings: ControlSettings): LimitChange[] {
  const known = new Set(settings.trackers.map((tracker) => tracker.id));
  return readings
    .filter((reading) => reading.held && !known.has(reading.trackerId))
    .map((reading) => ({
      key: reading.key,
      trackerId: reading.trackerId,
      fromBps: reading.limitBps,
      toBps: reading.ownLimitBps,
      binds: true,
      kind: 'release',
      reason: 'released: its tracker is not configured',
    }));
}

/** A release ends management even where the limit is the same already; other changes must change it. */
function changesTheWire(change: LimitChange): boolean {
  return change.kind === 'release' || limitToWire(change.fromBps) !== limitToWire(change.toBps);
}

/** All changes of these calls, in the order of sending. */
export function changesOf(calls: readonly LimitCall[]): LimitChange[] {
  return calls.flatMap((call) => call.changes);
}
