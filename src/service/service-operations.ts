import { redactConfig } from '../config/redact.ts';
import { plan } from '../control/plan.ts';
import { sum } from '../control/sum.ts';
import type { TorrentKey } from '../control/torrent.ts';
import { Commands } from './commands.ts';
import type { Operations } from './operations.ts';
import type { OperationsParts } from './operations-parts.ts';
import { OwnershipCommands } from './ownership/ownership-commands.ts';
import { healthReport } from './reports/health.ts';
import { journalPage } from './reports/journal-report.ts';
import { LimitReasons } from './reports/limit-reasons.ts';
import { LiveFeed } from './reports/live-feed.ts';
import { liveCycle, liveLink, liveState, liveStats } from './reports/live-report.ts';
import { measuredCycles, measuredTracker } from './reports/measured-stats.ts';
import { rolloutPageReport } from './reports/rollout-report.ts';
import { stateReport } from './reports/state-report.ts';
import { managedStats, previewReport, scoreDistribution, trackerStats } from './reports/stats-report.ts';
import { torrentPage } from './reports/torrent-list.ts';
import { UsageHistory } from './reports/usage-history.ts';
import { RollbackCommands } from './rollback-commands.ts';
import { RolloutCommands } from './rollout/rollout-commands.ts';
import type { Service } from './service.ts';
import { controlSettings } from './settings.ts';

/** Everything that the service can be asked and told, over its parts. */
export function createOperations(parts: OperationsParts): Operations {
  const { service, journal, bus, clock, version } = parts;
  const commands = new Commands(parts);
  const rollbackCommands = new RollbackCommands(parts);
  const nameOf = (key: TorrentKey) => service.picture.get(key)?.name ?? null;
  const idSearch = (text: string) => service.picture.table.idSearch(text);
  const history = new UsageHistory();
  const reasons = new LimitReasons(bus);
  const feed = new LiveFeed(bus, {
    state: () => liveState(service, operations),
    stats: () => liveStats(service),
    link: () => liveLink(service),
    cycle: () => liveCycle(service),
  });
  bus.on('cycle:finished', ({ at, trackers }) => history.add(at, trackers));
  bus.on('timer:reconcile', () => reasons.prune((key) => isHeld(service, key)));
  const rolloutCommands = new RolloutCommands(parts);
  const ownershipCommands = new OwnershipCommands(parts);
  const startCpu = process.cpuUsage();
  const startedAt = clock.monotonic();

  const operations: Operations = {
    version,
    health: () => {
      const { context } = service.actor.getSnapshot();
      return healthReport({
        now: clock.monotonic(),
        startedAt: service.startedAt,
        version,
        lifecycle: service.lifecycle,
        link: service.link,
        linkProblem: context.linkProblem,
        contest: context.contest,
        unknownLimits: service.guard.unknownLimits,
        cycleProblem: context.cycleProblem,
        percentage: service.percentage,
        managed: service.held.size,
        missing: service.held.missing,
        server: service.picture.table.serverState,
        rolledBackParts: service.rollbacks.remembered.ofParts,
        config: service.live.config,
        status: service.status,
        alarms: service.measures.alarms(),
      });
    },
    state: () => stateReport(service),
    stats: () => {
      const { status, live, held } = service;
      const last = status.lastCycle;
      const cpu = process.cpuUsage(startCpu);
      const cpuMs = (cpu.user + cpu.system) / 1000;
      const input = service.effects.planInput(service.percentage);
      return {
        allocation_cycles: status.cycles,
        api_calls_last_cycle: last?.calls ?? 0,
        torrents_processed: last?.considered ?? 0,
        limits_applied: status.limitsApplied,
        errors: status.errors,
        last_cycle_duration: last === null ? null : Math.round(last.durationMs) / 1000,
        last_cycle_time: last === null ? null : new Date(last.at).toISOString(),
        active_torrents: last?.trackers.reduce((sum, tracker) => sum + tracker.active, 0) ?? 0,
        managed_torrents: last?.managed ?? 0,
        standby_torrents: sum(last?.trackers ?? [], ({ standby }) => standby),
        standby_waiting_torrents: sum(last?.trackers ?? [], ({ standbyWaiting }) => standbyWaiting),
        managed_torrent_count: held.size,
        score_distribution: scoreDistribution(input),
        strategy: live.config.global.allocation_strategy,
        dry_run: live.dryRun !== null,
        dry_run_limits: live.dryRun?.size ?? 0,
        foreign_writes: service.guard.foreignWrites.total,
        restored_torrents: journal.restored.size,
        unknown_limits: service.guard.unknownLimits,
        ...measuredCycles(service),
        memory_mb: Math.round((process.memoryUsage.rss() / 1024 / 1024) * 10) / 10,
        cpu_percent: Math.round((cpuMs / Math.max(1, clock.monotonic() - startedAt)) * 1000) / 10,
      };
    },
    trackerStats: () => {
      const stats = trackerStats(
        service.status.lastCycle?.trackers ?? [],
        new Map(service.live.config.trackers.map((tracker) => [tracker.id, tracker.priority])),
        service.observer.tenSecondMeans(),
      );
      return Object.fromEntries(
        Object.entries(stats).map(([id, fields]) => [id, { ...fields, ...measuredTracker(service, id) }]),
      );
    },
    managed: () => managedStats(service.held.values(), clock.now()),
    preview: () =>
      previewReport(
        plan(service.effects.planInput(service.percentage)),
        service.live.config.global.allocation_strategy,
        nameOf,
      ),
    config: () => redactConfig(service.live.config),
    matchTest: (url, detailed) => {
      const explained = service.live.matcher.explain(url);
      const tracker = service.live.config.trackers.find(({ id }) => id === explained.trackerId);
      const answer = {
        tracker_id: explained.trackerId,
        tracker_name: tracker?.name ?? null,
        max_upload_speed: tracker?.max_upload_speed ?? null,
        matched_on: explained.text,
        reason: explained.reason,
      };
      return detailed ? { ...answer, patterns: explained.trials } : answer;
    },
    journalPage: async (query) =>
      query.kind === 'rollout'
        ? rolloutPageReport(service.rollout.notes, query)
        : journalPage({ ...query, kind: query.kind }, journal, nameOf, idSearch),
    torrents: (query) => {
      const settings = controlSettings(service.live.config, service.percentage);
      return torrentPage(query, {
        torrents: service.picture.torrents(),
        idSearch,
        settings,
        now: service.effects.steadyNow(),
        trackerOf: (torrent) => service.observer.accountOf(torrent),
        readingOf: (torrent, trackerId) => service.observer.readingOf(torrent, trackerId, settings),
        reasonOf: (torrent) => reasons.of(torrent.key),
      });
    },
    history: () => history.report(clock.now()),
    live: () => feed.now(),
    watch: (watcher) => feed.watch(watcher),

    webhook: (notice) => commands.webhook(notice),
    forceCycle: () => commands.forceCycle(),
    rollback: (request) => rollbackCommands.rollback(request),
    resume: () => rollbackCommands.resume(),
    rollout: (request) => rolloutCommands.rollout(request),
    resetLimits: (request) => rollbackCommands.resetLimits(request),
    takeOwnership: () => ownershipCommands.takeOwnership(),
    adoptOriginals: (as) => ownershipCommands.adoptOriginals(as),
    originals: () => ownershipCommands.originals(),
    resetSmoothing: (trackerId) => ({
      ...commands.resetSmoothing(trackerId),
      strategy: service.live.config.global.allocation_strategy,
    }),
    reloadConfig: async () => ({
      ...(await commands.reloadConfig()),
      strategy: service.live.config.global.allocation_strategy,
    }),
  };
  return operations;
}

function isHeld(service: Service, key: TorrentKey): boolean {
  return service.held.get(key) !== undefined || service.live.dryRun?.get(key) !== undefined;
}
