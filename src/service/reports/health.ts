import type { Config } from '../../config/schema.ts';
import { capProblem } from '../../control/cap-problem.ts';
import type { HealthReport } from '../operations.ts';
import type { Status } from './status.ts';

export interface HealthInput {
  readonly now: number;
  readonly startedAt: number;
  readonly version: string;
  readonly lifecycle: string;
  readonly link: string;
  readonly linkProblem: string | null;
  readonly cycleProblem: string | null;
  readonly percentage: number;
  readonly managed: number;
  readonly config: Config;
  readonly status: Status;
}

/** Cycles may be late by this many intervals, and one read's time limit, before it counts as a fault. */
const LATE_CYCLES = 5;

/** Is it doing its work, and if not, why and what helps. */
export function healthReport(input: HealthInput): HealthReport {
  const { config, status, now } = input;
  const fatal = fatalProblems(input);
  const lasting = [...warnings(input), ...status.warnings, ...status.qbittorrentFindings];
  const starting = input.lifecycle === 'starting' && fatal.length === 0;
  const last = status.lastCycle;
  const shouldCycle = isCycling(input);
  return {
    status: starting
      ? 'starting'
      : fatal.length > 0
        ? 'unhealthy'
        : lasting.length > 0
          ? 'degraded'
          : 'healthy',
    problems: [...fatal, ...lasting],
    service: input.lifecycle,
    link: input.link,
    enforcing:
      shouldCycle && input.link === 'online' && !config.global.dry_run && status.journalProblem === null,
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
    managed_torrents: input.managed,
    api_calls_last_cycle: last?.calls ?? 0,
  };
}

function fatalProblems(input: HealthInput): string[] {
  const problems: string[] = [];
  if (input.linkProblem !== null) problems.push(input.linkProblem);
  if (input.status.journalProblem !== null) {
    problems.push(`nothing is limited while the journal can't be written: ${input.status.journalProblem}`);
  }
  const { global, qbittorrent } = input.config;
  const lateMs = (LATE_CYCLES * global.control_interval + qbittorrent.timeout) * 1000;
  const { status } = input;
  // A service that was resumed, or found qBittorrent again, just now isn't late yet.
  const last = Math.max(
    status.lastCycle?.at ?? input.startedAt,
    status.since('service') ?? 0,
    status.since('link') ?? 0,
  );
  if (isCycling(input) && input.linkProblem === null && input.now - last > lateMs) {
    problems.push(`no cycle has ended for ${Math.round((input.now - last) / 1000)} s`);
  }
  return problems;
}

function isCycling({ lifecycle }: HealthInput): boolean {
  return lifecycle === 'steady' || lifecycle.startsWith('rollingOut');
}

function warnings(input: HealthInput): string[] {
  const problems: string[] = [];
  if (input.lifecycle === 'rolledBack') {
    problems.push('rolled back: no limit is enforced until POST /resume');
  } else if (input.lifecycle.startsWith('rollingBack')) {
    const { rollbackProblem } = input.status;
    const why = rollbackProblem === null ? '' : ` (${rollbackProblem})`;
    problems.push(`rolling back: torrents are getting their own limits back${why}`);
  }
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
  for (const issue of input.status.configProblems) problems.push(`config not reloaded: ${issue}`);
  for (const tracker of input.status.lastCycle?.trackers ?? []) {
    const problem = capProblem(tracker);
    if (problem !== null) problems.push(`tracker "${tracker.id}": ${problem}`);
  }
  return problems;
}
