import { grantChanges } from './grant.ts';
import { computeTargets, sum } from './targets.ts';
import type { TorrentKey } from './torrent.ts';
import { nextTrim } from './trim.ts';
import type {
  ControlMemory,
  ControlSettings,
  LimitChange,
  TorrentMemory,
  TorrentReading,
  TrackerReport,
  TrackerSettings,
} from './types.ts';
import { MIN_LIMIT_BPS, UNLIMITED } from './units.ts';

export interface TrackerPlanInput {
  readonly now: number;
  readonly settings: ControlSettings;
  readonly tracker: TrackerSettings;
  /** The cap plus what is borrowed, less what is lent, B/s. */
  readonly effectiveCapBps: number;
  /** Every torrent of this tracker. */
  readonly readings: readonly TorrentReading[];
  readonly managed: ReadonlySet<TorrentKey>;
  readonly meanBps: number | null;
  readonly memory: ControlMemory;
}

export interface TrackerPlan {
  readonly report: TrackerReport;
  readonly changes: readonly LimitChange[];
  readonly trim: number;
  readonly torrentMemory: ReadonlyMap<TorrentKey, TorrentMemory>;
}

/** One tracker's part of a cycle: what is outside comes off its cap, the rest is shared by the water level. */
export function planTracker(input: TrackerPlanInput): TrackerPlan {
  const { tracker, settings, readings, managed, now } = input;
  const rate = (reading: TorrentReading) => reading.usage.rateBps;
  const ours = readings.filter((reading) => managed.has(reading.key));
  const outside = readings.filter((reading) => !managed.has(reading.key));
  const outsideBps = sum(outside, rate);
  const capBps = input.effectiveCapBps;
  const trim = input.memory.trackers.get(tracker.id)?.trim ?? 1;
  const availableBps = Math.max(0, capBps * trim - outsideBps);

  const capped = capBps !== UNLIMITED;
  const { levelBps, targets } = capped
    ? computeTargets({ now, settings, readings: ours, memory: input.memory, capBps, availableBps })
    : { levelBps: UNLIMITED, targets: [] };
  // No limit below 1024 is ever written, as qBittorrent might read it as none.
  const leastBps = sum(targets, (target) => Math.min(target.demandBps, MIN_LIMIT_BPS));
  const granted = grantChanges({
    targets,
    availableBps,
    differentialThreshold: settings.differentialThreshold,
  });
  const released = outside.filter((reading) => reading.held).map((reading) => release(reading, capped));

  const torrentMemory = new Map<TorrentKey, TorrentMemory>();
  for (const target of targets) {
    const before = input.memory.torrents.get(target.reading.key);
    torrentMemory.set(target.reading.key, {
      demandBps: target.demandBps,
      pressedAt: target.presses ? now : (before?.pressedAt ?? Number.NEGATIVE_INFINITY),
      activeAt: target.active ? now : (before?.activeAt ?? target.reading.lastActivityAt),
    });
  }
  return {
    changes: [...granted, ...released],
    torrentMemory,
    trim: capped ? nextTrim(trim, input.meanBps, capBps, levelBps !== UNLIMITED) : 1,
    report: {
      id: tracker.id,
      capBps: tracker.capBps,
      effectiveCapBps: capBps,
      usageBps: sum(readings, rate),
      outsideBps,
      levelBps,
      trim,
      torrents: readings.length,
      managed: ours.length,
      active: readings.filter((reading) => rate(reading) > settings.activeThresholdBps).length,
      capCannotHold: capped && outsideBps + leastBps > capBps,
    },
  };
}

function release(reading: TorrentReading, capped: boolean): LimitChange {
  const why = !capped ? 'its tracker is unlimited' : reading.inRollout ? 'idle' : 'left rollout';
  return {
    key: reading.key,
    trackerId: reading.trackerId,
    fromBps: reading.limitBps,
    toBps: reading.ownLimitBps,
    kind: 'release',
    reason: `released: ${why}`,
  };
}
