import { capProblem } from '../../control/cap-problem.ts';
import { groupBy } from '../../control/group-by.ts';
import { limitToWire } from '../../control/limit-mark.ts';
import { changesOf } from '../../control/plan.ts';
import { score } from '../../control/selection.ts';
import { crowdSize } from '../../control/standby.ts';
import { sum, total } from '../../control/sum.ts';
import { infoHashOf, type TorrentKey } from '../../control/torrent.ts';
import type { Plan, PlanInput, TrackerReport } from '../../control/types.ts';
import { exactToWire, humanRate, KIB, toMibps } from '../../control/units.ts';
import { type HeldLimit, lastSent } from '../limits/held-limit.ts';

/*
 * The bodies of /stats/trackers, /stats/managed and /preview/next-cycle. Field names are a contract with
 * scripts; `_mbps` fields are MiB/s with two digits, null for unlimited.
 */

type Json = Record<string, unknown>;

export function trackerStats(
  reports: readonly TrackerReport[],
  priorities: ReadonlyMap<string, number>,
  means: ReadonlyMap<string, number>,
): Record<string, Json> {
  return Object.fromEntries(
    reports.map((report) => [
      report.id,
      {
        configured_limit_mbps: toMibps(report.capBps),
        effective_cap_mbps: toMibps(report.effectiveCapBps),
        borrowed_mbps: toMibps(report.borrowedBps),
        lent_mbps: toMibps(report.lentBps),
        wanted_mbps: toMibps(report.wantBps),
        current_usage_mbps: toMibps(report.usageBps),
        mean_10s_mbps: toMibps(means.get(report.id) ?? report.usageBps),
        outside_usage_mbps: toMibps(report.outsideBps),
        water_level_mbps: toMibps(report.levelBps),
        trim: Math.round(report.trim * 1000) / 1000,
        priority: priorities.get(report.id) ?? 1,
        torrents: report.torrents,
        managed_torrents: report.managed,
        standby_torrents: report.standby,
        standby_waiting_torrents: report.standbyWaiting,
        standby_limits_mbps: toMibps(report.standbyBps),
        active_torrents: report.active,
        cap_cannot_hold: report.cannotHold !== null,
        cap_problem: capProblem(report),
      },
    ]),
  );
}

export function managedStats(held: Iterable<HeldLimit>, now: number): Json {
  const all = [...held];
  const byTracker = groupBy(all, (limit) => limit.trackerId ?? 'unknown');
  return {
    generated_at: new Date(now).toISOString(),
    total: all.length,
    counts_by_tracker: Object.fromEntries([...byTracker].map(([id, list]) => [id, list.length])),
    trackers: Object.fromEntries(
      [...byTracker].map(([id, list]) => [id, list.map((l) => heldReport(l, now))]),
    ),
  };
}

function heldReport(limit: HeldLimit, now: number): Json {
  return {
    hash: infoHashOf(limit.key),
    current_limit: lastSent(limit),
    original_limit: limit.ownWire,
    added_at: new Date(limit.since).toISOString(),
    last_seen: new Date(limit.missingSince ?? now).toISOString(),
    age_seconds: Math.max(0, Math.round((now - limit.since) / 1000)),
  };
}

/** How many torrents stand how high in the ranking by which the managed ones are chosen. */
export function scoreDistribution({ readings, dormant, crowds, now }: PlanInput): Json {
  const idle = total([...dormant.values()]) + sum([...crowds.values()], crowdSize);
  const counts = { high: 0, medium: 0, low: 0, ignored: idle };
  for (const reading of readings) {
    const value = score(reading, now);
    counts[value >= 0.8 ? 'high' : value >= 0.5 ? 'medium' : value >= 0.2 ? 'low' : 'ignored'] += 1;
  }
  return counts;
}

const TOP_CHANGES = 10;

/** The rest is in `proposed_changes`. */
const LISTED_CHANGES = 500;

/** @param nameOf null for a torrent that qBittorrent doesn't have */
export function previewReport(
  plan: Plan,
  strategy: string,
  nameOf: (key: TorrentKey) => string | null,
): Json {
  // A release of what has its own limit already only ends its management: nothing is written.
  const changes = changesOf(plan.calls).filter((change) => change.fromBps !== change.toBps);
  const wire = (change: (typeof changes)[number]) =>
    change.kind === 'release' ? exactToWire(change.toBps) : limitToWire(change.toBps);
  const deltaKib = (change: (typeof changes)[number]) =>
    Number.isFinite(change.toBps) && Number.isFinite(change.fromBps)
      ? Math.round((change.toBps - change.fromBps) / KIB)
      : null;
  const top = [...changes]
    .sort((a, b) => Math.abs(deltaKib(b) ?? Infinity) - Math.abs(deltaKib(a) ?? Infinity) || 0)
    .slice(0, TOP_CHANGES);
  return {
    strategy,
    torrents_considered: plan.considered,
    proposed_count: changes.length,
    proposed_calls: plan.calls.length,
    proposed_changes: Object.fromEntries(changes.map((change) => [infoHashOf(change.key), wire(change)])),
    changes: changes.slice(0, LISTED_CHANGES).map((change) => ({
      hash: infoHashOf(change.key),
      name: nameOf(change.key),
      tracker: change.trackerId,
      kind: change.kind,
      reason: change.reason,
      from: exactToWire(Math.round(change.fromBps)),
      to: wire(change),
    })),
    reasons: Object.fromEntries(
      changes.map((change) => [infoHashOf(change.key), { kind: change.kind, reason: change.reason }]),
    ),
    trackers: Object.fromEntries(
      plan.trackers.map((report) => [
        report.id,
        {
          base_cap: exactToWire(report.capBps) || -1,
          effective_cap: exactToWire(Math.round(report.effectiveCapBps)) || -1,
          borrowed: Math.round(report.borrowedBps),
          lent: Math.round(report.lentBps),
        },
      ]),
    ),
    summary: {
      trackers: plan.trackers.map((report) => ({
        id: report.id,
        base_cap_mbps: toMibps(report.capBps),
        base_cap_h: humanRate(report.capBps),
        effective_cap_mbps: toMibps(report.effectiveCapBps),
        effective_cap_h: humanRate(report.effectiveCapBps),
        borrowed_mbps: toMibps(report.borrowedBps),
        borrowed_h: humanRate(report.borrowedBps),
      })),
      top_changes: top.map((change) => ({
        hash: infoHashOf(change.key),
        new_limit_kib: Number.isFinite(change.toBps) ? Math.round(change.toBps / KIB) : null,
        new_limit_h: humanRate(change.toBps),
        delta_kib: deltaKib(change),
        delta_h: deltaText(deltaKib(change)),
      })),
    },
  };
}

function deltaText(kib: number | null): string {
  if (kib === null) return 'from or to unlimited';
  return `${kib < 0 ? '-' : '+'}${humanRate(Math.abs(kib) * KIB)}`;
}
