import { trackerMachine } from '../../../machines/tracker.machine.ts';
import { UNLIMITED } from '../../control/units.ts';
import type { Service } from '../service.ts';
import { regionState, regionStates } from '../state-watch.ts';
import { isEnforcing } from './health.ts';

/** A machine's state, and every one that it could be in. */
export interface MachineMetrics {
  readonly states: readonly string[];
  readonly current: string;
}

/** A configured tracker, B/s. */
export interface TrackerMetrics {
  readonly id: string;
  readonly state: string;
  /** Null while it isn't known. */
  readonly uploadBps: number | null;
  /** Null: no cap. */
  readonly capBps: number | null;
  readonly effectiveCapBps: number | null;
  readonly borrowedBps: number;
  readonly lentBps: number;
  readonly cannotHold: boolean;
  readonly isCapExceeded: boolean;
  readonly torrents: number;
  readonly active: number;
  readonly managed: number;
  /** Idle torrents under a standby limit, and those that are yet to get one. */
  readonly standby: number;
  readonly standbyWaiting: number;
  /** What the standby limits add up to. */
  readonly standbyBps: number;
}

/** How things stand, in numbers. */
export interface MetricsReport {
  readonly version: string;
  readonly machines: Readonly<Record<'service' | 'link' | 'cycle', MachineMetrics>>;
  readonly trackerStates: readonly string[];
  readonly trackers: readonly TrackerMetrics[];
  readonly heldTorrents: number;
  readonly queuedCalls: number;
  readonly isEnforcing: boolean;
  readonly isDryRun: boolean;
  readonly isJournalWritable: boolean;
  /** 0..100. */
  readonly rolloutPercentage: number;
  /** Unix ms; null before the first. */
  readonly lastCycleAt: number | null;
  /** Mean time between the ends of cycles over the last minute, ms; null before the second. */
  readonly cycleIntervalMs: number | null;
  /** Configured, ms. */
  readonly controlIntervalMs: number;
  readonly isLoopSlow: boolean;
  /** Full answers in a row to requests for changes. */
  readonly fullReadsInARow: number;
  readonly areReadsFull: boolean;
  /** Null before the first. */
  readonly lastReadBytes: number | null;
}

export function metricsReport(service: Service, version: string): MetricsReport {
  const { actor, live, status, held, link, lifecycle, measures, picture } = service;
  const pace = measures.pace.figures;
  const { fullReads } = picture;
  const machine = (region: 'service' | 'link' | 'cycle') => ({
    states: regionStates(region),
    current: regionState(actor, region),
  });
  return {
    version,
    machines: { service: machine('service'), link: machine('link'), cycle: machine('cycle') },
    trackerStates: Object.keys(trackerMachine.states),
    trackers: trackersOf(service),
    heldTorrents: held.size,
    queuedCalls: service.queuedCalls,
    isEnforcing: isEnforcing({ lifecycle, link, config: live.config, status }),
    isDryRun: live.dryRun !== null,
    isJournalWritable: status.journalProblem === null,
    rolloutPercentage: service.percentage,
    lastCycleAt: status.lastCycle?.at ?? null,
    cycleIntervalMs: pace.meanIntervalMs,
    controlIntervalMs: live.config.global.control_interval * 1000,
    isLoopSlow: pace.slowSince !== null,
    fullReadsInARow: fullReads.inARow,
    areReadsFull: fullReads.isLasting,
    lastReadBytes: fullReads.lastBytes,
  };
}

/** Those of the config in force: one that was taken out is gone at once, with what is remembered of it. */
function trackersOf({ live, status, observer, fleet, link, measures }: Service): TrackerMetrics[] {
  const reports = new Map(status.lastCycle?.trackers.map((report) => [report.id, report]));
  const means = observer.tenSecondMeans();
  const states = fleet.states();
  return live.config.trackers.map(({ id, max_upload_speed }) => {
    const report = reports.get(id);
    const capBps = max_upload_speed === -1 ? null : max_upload_speed;
    const effectiveCapBps = report?.effectiveCapBps ?? UNLIMITED;
    return {
      id,
      state: states.get(id) ?? '',
      // What was measured last says nothing of now.
      uploadBps: link === 'online' ? (means.get(id) ?? report?.usageBps ?? null) : null,
      capBps,
      effectiveCapBps: capBps === null ? null : effectiveCapBps === UNLIMITED ? capBps : effectiveCapBps,
      borrowedBps: report?.borrowedBps ?? 0,
      lentBps: report?.lentBps ?? 0,
      cannotHold: report !== undefined && report.cannotHold !== null,
      isCapExceeded: (measures.caps.figures(id)?.exceededSince ?? null) !== null,
      torrents: report?.torrents ?? 0,
      active: report?.active ?? 0,
      managed: report?.managed ?? 0,
      standby: report?.standby ?? 0,
      standbyWaiting: report?.standbyWaiting ?? 0,
      standbyBps: report?.standbyBps ?? 0,
    };
  });
}
