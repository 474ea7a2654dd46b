import type { Contest } from '../../../machines/service.types.ts';
import type { Config } from '../../config/schema.ts';
import { capProblem } from '../../control/cap-problem.ts';
import { describeScope } from '../../control/torrent-scope.ts';
import type { ServerState } from '../../qbittorrent/codecs.ts';
import type { Alarm } from '../measures/alarm.ts';
import type { HealthReport } from '../operations.ts';
import { contestText, unknownLimitsContest } from '../ownership/contest.ts';
import type { OpenRollback } from '../remembered-rollbacks.ts';
import { diagnoseClientLimit, findingText } from './diagnosis.ts';
import { standbyCounts, standbyProblems } from './standby-report.ts';
import type { Status } from './status.ts';

export interface HealthInput {
  /** Monotonic ms, as is `startedAt`: a wall clock that is set makes nothing late, nor a late cycle young. */
  readonly now: number;
  readonly startedAt: number;
  readonly version: string;
  readonly lifecycle: string;
  readonly link: string;
  readonly linkProblem: string | null;
  /** Why nothing may be written to the client; null while it may. */
  readonly contest: Contest | null;
  /** Torrents that are left alone, as the originals of their limits are not known. */
  readonly unknownLimits: number;
  readonly cycleProblem: string | null;
  readonly percentage: number;
  /** Torrents that hold a limit of Qguardarr's. */
  readonly managed: number;
  /** Of those, how many are not in qBittorrent now. */
  readonly missing: number;
  /** As qBittorrent last told; empty before. */
  readonly server: ServerState;
  readonly rolledBackParts: readonly OpenRollback[];
  readonly config: Config;
  readonly status: Status;
  readonly alarms: readonly Alarm[];
}

/** Cycles may be late by this many intervals, and one read's time limit, before it counts as a fault. */
const LATE_CYCLES = 5;
const ROLLING_BACK = 'rolling back: torrents are getting their own limits back';
const PARTS_NAMED = 5;

/** Is it doing its work, and if not, why and what helps. */
export function healthReport(input: HealthInput): HealthReport {
  const { config, status, now } = input;
  const fatal = fatalProblems(input);
  const limit = input.link === 'online' ? diagnoseClientLimit(input.server, config).map(findingText) : [];
  const measured = input.alarms.filter(({ isFault }) => isFault).map(({ problem }) => problem);
  const lasting = [
    ...warnings(input),
    ...measured,
    ...status.warnings,
    ...limit,
    ...status.qbittorrentFindings,
  ];
  const starting = input.lifecycle === 'starting' && fatal.length === 0;
  const last = status.lastCycle;
  const counts = standbyCounts(last?.trackers ?? [], input.managed - input.missing);
  return {
    status: starting
      ? 'starting'
      : fatal.length > 0
        ? 'unhealthy'
        : lasting.length > 0
          ? 'degraded'
          : 'healthy',
    problems: [...fatal, ...lasting],
    notes: input.alarms.filter(({ isFault }) => !isFault).map(({ problem }) => problem),
    service: input.lifecycle,
    link: input.link,
    enforcing: isEnforcing(input),
    uptime_seconds: Math.round((now - input.startedAt) / 1000),
    version: input.version,
    qbittorrent_version: status.qbittorrentVersion,
    last_cycle_time: last === null ? null : new Date(last.at).toISOString(),
    last_cycle_duration: last === null ? null : Math.round(last.durationMs) / 1000,
    rollout_percentage: input.percentage,
    update_interval: config.global.update_interval,
    control_interval: config.global.control_interval,
    dry_run: config.global.dry_run,
    active_torrents: last?.trackers.reduce((sum, tracker) => sum + tracker.active, 0) ?? 0,
    managed_torrents: counts.managed,
    standby_torrents: counts.standby,
    standby_waiting_torrents: counts.waiting,
    api_calls_last_cycle: last?.calls ?? 0,
  };
}

/** Whether limits are being written and kept. */
export function isEnforcing(input: Pick<HealthInput, 'lifecycle' | 'link' | 'config' | 'status'>): boolean {
  const { link, config, status } = input;
  return isCycling(input) && link === 'online' && !config.global.dry_run && status.journalProblem === null;
}

function fatalProblems(input: HealthInput): string[] {
  const problems: string[] = [];
  if (input.linkProblem !== null) problems.push(input.linkProblem);
  if (input.status.journalProblem !== null) {
    problems.push(`nothing is limited while the journal can't be written: ${input.status.journalProblem}`);
  }
  const { status, now } = input;
  if (input.lifecycle.startsWith('rollingBack') && status.rollbackProblem !== null) {
    problems.push(`${ROLLING_BACK} (${status.rollbackProblem})`);
  }
  if (!isCycling(input)) return problems;
  const lateMs = lateAfterMs(input.config);
  // A service that was resumed, or found qBittorrent again, just now isn't late yet.
  const progressAt = status.progressAt ?? input.startedAt;
  if (input.linkProblem === null && now - progressAt > lateMs) {
    problems.push(`no cycle has ended for ${seconds(now - progressAt)}`);
  }
  const { failingWrites } = status;
  if (failingWrites !== null && now - failingWrites.since > lateMs) {
    problems.push(
      `no limit could be set for ${seconds(now - failingWrites.since)}: ${failingWrites.problem}`,
    );
  }
  return problems;
}

/** From then on what goes on without success is a fault. */
function lateAfterMs({ global, qbittorrent }: Config): number {
  return (LATE_CYCLES * global.control_interval + qbittorrent.timeout) * 1000;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

function namesOf(parts: readonly OpenRollback[]): string {
  const names = parts.flatMap(({ scope }) => (scope === null ? [] : [describeScope(scope)]));
  const others = names.length - PARTS_NAMED;
  return names.slice(0, PARTS_NAMED).join(', ') + (others > 0 ? `, and ${others} more` : '');
}

export function isCycling({ lifecycle }: Pick<HealthInput, 'lifecycle'>): boolean {
  return lifecycle === 'steady' || lifecycle.startsWith('rollingOut');
}

function warnings(input: HealthInput): string[] {
  const problems: string[] = [];
  if (input.lifecycle === 'rolledBack') {
    problems.push('rolled back: no limit is enforced until POST /resume');
  } else if (input.lifecycle.startsWith('rollingBack') && input.status.rollbackProblem === null) {
    problems.push(ROLLING_BACK);
  }
  if (input.contest !== null) problems.push(contestText(input.contest));
  else if (input.unknownLimits > 0) {
    const { problem, advice } = unknownLimitsContest(input.unknownLimits, null);
    problems.push(`left alone: ${problem}; ${advice}`);
  }
  const done = namesOf(input.rolledBackParts.filter(({ isFinished }) => isFinished));
  if (done !== '') problems.push(`rolled back, not limited until POST /resume: ${done}`);
  const waiting = namesOf(input.rolledBackParts.filter(({ isFinished }) => !isFinished));
  if (waiting !== '')
    problems.push(`being rolled back, as soon as limits can be set in qBittorrent: ${waiting}`);
  if (
    input.config.global.dry_run &&
    input.managed > 0 &&
    input.lifecycle.startsWith('roll') &&
    !isCycling(input)
  ) {
    problems.push(
      `dry run: ${input.managed} torrents keep the limits set before; switch dry_run off to give them back`,
    );
  }
  // Once rolled back, no cycle comes that could take its problem back.
  const cycles = input.lifecycle === 'starting' || isCycling(input);
  const { cycleProblem } = input;
  if (
    cycleProblem !== null &&
    cycles &&
    input.linkProblem === null &&
    cycleProblem !== input.status.journalProblem
  )
    problems.push(`last cycle: ${cycleProblem}`);
  const { failingWrites } = input.status;
  if (failingWrites !== null && isCycling(input)) {
    const { failed, calls, problem } = failingWrites;
    problems.push(`last cycle: ${failed} of ${calls} calls that set limits failed: ${problem}`);
  }
  if (input.managed > 0 && input.missing === input.managed) {
    problems.push(
      `none of the ${input.managed} torrents that hold limits is in qBittorrent (is it still starting?); ` +
        'their own limits are kept for when they come back',
    );
  }
  for (const issue of input.status.configProblems) problems.push(`config not reloaded: ${issue}`);
  const trackers = input.status.lastCycle?.trackers ?? [];
  if (isCycling(input)) problems.push(...standbyProblems(trackers));
  // A cap that is exceeded for long is reported with its reason already.
  const exceeded = new Set(input.alarms.map(({ trackerId }) => trackerId));
  for (const tracker of trackers) {
    if (exceeded.has(tracker.id)) continue;
    const problem = capProblem(tracker);
    if (problem !== null) problems.push(`tracker "${tracker.id}": ${problem}`);
  }
  return problems;
}
