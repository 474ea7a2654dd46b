import type { MetricsReport, TrackerMetrics } from '../service/reports/metrics-report.ts';
import { type Family, gauge, type Sample, stateSamples } from './family.ts';

/** How things stand at the moment of a scrape, from the service's report. */
export function standing(report: () => MetricsReport): readonly Family[] {
  const one = (value: (report: MetricsReport) => number | null) => () => {
    const found = value(report());
    return found === null ? [] : [{ labels: {}, value: found }];
  };
  const yes = (value: (report: MetricsReport) => boolean) => one((now) => (value(now) ? 1 : 0));
  const byTracker = (value: (tracker: TrackerMetrics) => number | null) => (): Sample[] =>
    report().trackers.flatMap((tracker) => {
      const found = value(tracker);
      return found === null ? [] : [{ labels: { tracker: tracker.id }, value: found }];
    });
  const machine = (region: 'service' | 'link' | 'cycle') =>
    gauge(`qguardarr_${region}_state`, `State of the ${region}: 1 for the one that it is in.`, () => {
      const { states, current } = report().machines[region];
      return stateSamples(states, current);
    });

  return [
    gauge('qguardarr_build_info', 'The version that runs; always 1.', () => [
      { labels: { version: report().version }, value: 1 },
    ]),
    machine('service'),
    machine('link'),
    machine('cycle'),
    gauge('qguardarr_tracker_state', 'State of a tracker: 1 for the one that it is in.', () =>
      report().trackers.flatMap(({ id, state }) =>
        stateSamples(report().trackerStates, state, { tracker: id }),
      ),
    ),
    gauge(
      'qguardarr_tracker_upload_bytes_per_second',
      "Upload of all of a tracker's torrents, mean of the last 10 s; absent while qBittorrent doesn't answer.",
      byTracker((tracker) => tracker.uploadBps),
    ),
    gauge(
      'qguardarr_tracker_cap_bytes_per_second',
      'The cap as configured; absent for a tracker without one.',
      byTracker((tracker) => tracker.capBps),
    ),
    gauge(
      'qguardarr_tracker_effective_cap_bytes_per_second',
      'The cap and what the tracker borrowed; absent for a tracker without a cap.',
      byTracker((tracker) => tracker.effectiveCapBps),
    ),
    gauge(
      'qguardarr_tracker_borrowed_bytes_per_second',
      'What a tracker has borrowed from others.',
      byTracker((tracker) => tracker.borrowedBps),
    ),
    gauge(
      'qguardarr_tracker_lent_bytes_per_second',
      'What a tracker has lent to others, to be had back at once.',
      byTracker((tracker) => tracker.lentBps),
    ),
    gauge(
      'qguardarr_tracker_cap_unholdable',
      "1 while uploads that are not Qguardarr's to limit keep the cap from holding; /health says which.",
      byTracker((tracker) => (tracker.cannotHold ? 1 : 0)),
    ),
    gauge(
      'qguardarr_tracker_cap_exceeded',
      '1 while a cap is exceeded and has been for a minute; to be expected in a dry run. /health says why.',
      byTracker((tracker) => (tracker.isCapExceeded ? 1 : 0)),
    ),
    gauge(
      'qguardarr_tracker_torrents',
      'Torrents of a tracker.',
      byTracker((tracker) => tracker.torrents),
    ),
    gauge(
      'qguardarr_tracker_active_torrents',
      'Torrents of a tracker that upload.',
      byTracker((tracker) => tracker.active),
    ),
    gauge(
      'qguardarr_tracker_managed_torrents',
      'Torrents of a tracker whose limit is planned by what they use.',
      byTracker((tracker) => tracker.managed),
    ),
    gauge(
      'qguardarr_tracker_standby_torrents',
      'Idle torrents of a tracker under a standby limit.',
      byTracker((tracker) => tracker.standby),
    ),
    gauge(
      'qguardarr_tracker_standby_waiting_torrents',
      'Idle torrents of a tracker that are yet to get a standby limit.',
      byTracker((tracker) => tracker.standbyWaiting),
    ),
    gauge(
      'qguardarr_tracker_standby_limits_bytes_per_second',
      'What the standby limits of a tracker add up to: its idle torrents upload no more, if all wake at once.',
      byTracker((tracker) => tracker.standbyBps),
    ),
    gauge(
      'qguardarr_held_torrents',
      "Torrents whose limit in qBittorrent is Qguardarr's, not their own.",
      one((now) => now.heldTorrents),
    ),
    gauge(
      'qguardarr_api_queue_depth',
      'Calls to qBittorrent that wait for their turn.',
      one((now) => now.queuedCalls),
    ),
    gauge(
      'qguardarr_enforcing',
      '1 while limits are being kept.',
      yes((now) => now.isEnforcing),
    ),
    gauge(
      'qguardarr_dry_run',
      '1 while nothing is written to qBittorrent.',
      yes((now) => now.isDryRun),
    ),
    gauge(
      'qguardarr_journal_writable',
      "1 unless the journal can't be written: then nothing is limited.",
      yes((now) => now.isJournalWritable),
    ),
    gauge(
      'qguardarr_rollout_ratio',
      'Part of the torrents that is managed, 0 to 1.',
      one((now) => now.rolloutPercentage / 100),
    ),
    gauge(
      'qguardarr_last_cycle_timestamp_seconds',
      'When a cycle last ended well, Unix time; absent before the first.',
      one((now) => (now.lastCycleAt === null ? null : now.lastCycleAt / 1000)),
    ),
    gauge(
      'qguardarr_cycle_interval_seconds',
      'Mean time between the ends of cycles over the last minute; absent before the second.',
      one((now) => (now.cycleIntervalMs === null ? null : now.cycleIntervalMs / 1000)),
    ),
    gauge(
      'qguardarr_control_interval_seconds',
      'Time between cycles as configured.',
      one((now) => now.controlIntervalMs / 1000),
    ),
    gauge(
      'qguardarr_loop_slow',
      '1 while cycles are late and have been for a minute; /health says what takes the time.',
      yes((now) => now.isLoopSlow),
    ),
    gauge(
      'qguardarr_full_reads_in_a_row',
      'Full answers in a row to requests for changes only.',
      one((now) => now.fullReadsInARow),
    ),
    gauge(
      'qguardarr_full_reads',
      '1 while every read of qBittorrent is a full one, as its session cookie is lost on the way.',
      yes((now) => now.areReadsFull),
    ),
    gauge(
      'qguardarr_last_read_bytes',
      'Size of the latest read of qBittorrent; absent before the first.',
      one((now) => now.lastReadBytes),
    ),
  ];
}
