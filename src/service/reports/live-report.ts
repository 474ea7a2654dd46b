import { capProblem } from '../../control/cap-problem.ts';
import { describeScope } from '../../control/torrent-scope.ts';
import type { LiveCycle, LiveLink, LiveState, LiveStats, LiveTracker } from '../live-types.ts';
import type { Operations } from '../operations.ts';
import type { Service } from '../service.ts';
import { rolloutReport } from './rollout-report.ts';

/*
 * What the dashboard shows live: small enough to be sent again with every cycle.
 */

const EVENTS_SHOWN = 12;
/** Each cycle says how many limits it changed; every single one is in the journal. */
const NOT_SHOWN: ReadonlySet<string> = new Set(['limits:written', 'limits:would-change']);

export function liveStats({ status, live, fleet, observer, measures }: Service): LiveStats {
  const reports = new Map(status.lastCycle?.trackers.map((report) => [report.id, report]));
  const means = observer.tenSecondMeans();
  const states = fleet.states();
  return {
    at: status.lastCycle?.at ?? null,
    trackers: live.config.trackers.map(({ id, name, max_upload_speed }): LiveTracker => {
      const report = reports.get(id);
      const cap = max_upload_speed === -1 ? null : max_upload_speed;
      return {
        id,
        name,
        state: states.get(id) ?? 'within',
        since: iso(status.since(`tracker:${id}`)),
        cap_bps: cap,
        effective_cap_bps: report === undefined ? cap : finite(report.effectiveCapBps),
        borrowed_bps: Math.round(report?.borrowedBps ?? 0),
        lent_bps: Math.round(report?.lentBps ?? 0),
        usage_bps: Math.round(report?.usageBps ?? 0),
        mean_10s_bps: Math.round(means.get(id) ?? report?.usageBps ?? 0),
        torrents: report?.torrents ?? 0,
        managed_torrents: report?.managed ?? 0,
        standby_torrents: report?.standby ?? 0,
        standby_waiting_torrents: report?.standbyWaiting ?? 0,
        active_torrents: report?.active ?? 0,
        cap_problem: measures.capAlarm(id)?.problem ?? (report === undefined ? null : capProblem(report)),
      };
    }),
  };
}

export function liveLink({ actor, link, status }: Service): LiveLink {
  return {
    state: link,
    since: iso(status.since('link')),
    problem: actor.getSnapshot().context.linkProblem,
    contest: actor.getSnapshot().context.contest,
    qbittorrent_version: status.qbittorrentVersion,
  };
}

export function liveCycle({ actor, cycle, cycles, status }: Service): LiveCycle {
  const last = status.lastCycle;
  return {
    state: cycle,
    number: cycles,
    problem: actor.getSnapshot().context.cycleProblem,
    last:
      last === null
        ? null
        : {
            at: last.at,
            duration_ms: Math.round(last.durationMs),
            changed: last.changed,
            calls: last.calls,
            failed_calls: last.failedCalls,
            deferred: last.deferred,
          },
  };
}

export function liveState(
  service: Service,
  { health, version }: Pick<Operations, 'health' | 'version'>,
): LiveState {
  const { status, problems } = health();
  const { config } = service.live;
  return {
    version,
    service: {
      state: service.lifecycle,
      since: iso(service.status.since('service')),
      rollout_percentage: service.percentage,
      rollout: rolloutReport(service.actor.getSnapshot().context.rollout),
      rolled_back_parts: service.rollbacks.remembered.ofParts.flatMap(({ scope }) =>
        scope === null ? [] : [describeScope(scope)],
      ),
      dry_run: service.live.dryRun !== null,
    },
    health: { status, problems },
    strategy: config.global.allocation_strategy,
    control_interval_seconds: config.global.control_interval,
    held_torrents: service.held.size,
    last_events: service.status.lastEvents
      .filter(({ event }) => !NOT_SHOWN.has(event))
      .slice(0, EVENTS_SHOWN),
  };
}

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function finite(bps: number): number | null {
  return Number.isFinite(bps) ? Math.round(bps) : null;
}
