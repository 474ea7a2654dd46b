import { groupCalls } from './calls.ts';
import { groupBy } from './group-by.ts';
import { type LendingTracker, type Loan, lend } from './lending.ts';
import { selectManaged } from './selection.ts';
import { type Survey, surveyTracker } from './survey.ts';
import { planTracker } from './tracker-plan.ts';
import type {
  ControlSettings,
  LimitCall,
  LimitChange,
  Plan,
  PlanInput,
  TorrentReading,
  TrackerMemory,
} from './types.ts';
import { limitToWire, UNLIMITED } from './units.ts';

/**
 * Where a cap becomes a limit: from one cycle's readings to the calls that bring every tracker to its cap.
 * Pure: equal inputs give equal plans, whatever the order of the readings.
 */
export function plan(input: PlanInput): Plan {
  const { settings, memory, now } = input;
  const readings = [...input.readings].sort((a, b) => (a.key < b.key ? -1 : 1));
  const byTracker = groupBy(readings, (reading) => reading.trackerId);
  const capped = new Set(settings.trackers.filter((t) => t.capBps !== UNLIMITED).map((t) => t.id));
  const managed = selectManaged(
    readings.filter((reading) => capped.has(reading.trackerId)),
    settings,
    memory,
    now,
  );

  const surveys = settings.trackers.map((tracker) =>
    surveyTracker({ now, settings, tracker, readings: byTracker.get(tracker.id) ?? [], managed, memory }),
  );
  const loans =
    settings.strategy === 'soft' ? lend(lendingTrackers(surveys, input), settings.soft) : NO_LOANS;
  const parts = surveys.map((survey) =>
    planTracker({
      now,
      settings,
      survey,
      loan: loans.get(survey.tracker.id) ?? null,
      meanBps: input.tenSecondMeans.get(survey.tracker.id) ?? null,
      memory,
    }),
  );
  const changes = [...parts.flatMap((part) => part.changes), ...releaseOrphans(readings, settings)].filter(
    changesTheWire,
  );
  const calls = groupCalls(changes);
  const sent = calls.slice(0, settings.maxCallsPerCycle);
  return {
    calls: sent,
    deferred: calls.length - sent.length,
    considered: readings.length,
    managed,
    trackers: parts.map((part) => part.report),
    memory: {
      torrents: new Map(parts.flatMap((part) => [...part.torrentMemory])),
      trackers: new Map(parts.map((part): [string, TrackerMemory] => [part.report.id, part.memory])),
    },
  };
}

const NO_LOANS: ReadonlyMap<string, Loan> = new Map();

/** Unlimited trackers take no part. */
function lendingTrackers(surveys: readonly Survey[], { trackerStates }: PlanInput): LendingTracker[] {
  return surveys
    .filter(({ tracker }) => tracker.capBps !== UNLIMITED)
    .map(({ tracker, wantBps, shortBps, before }) => {
      const state = trackerStates.get(tracker.id);
      return {
        id: tracker.id,
        capBps: tracker.capBps,
        priority: tracker.priority,
        mayBorrow: state === 'pressing' || state === 'borrowing',
        wantBps,
        usageBps: shortBps,
        before: before.loan,
      };
    });
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
