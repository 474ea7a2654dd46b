import { qbittorrentBaseUrl } from '../config/base-url.ts';
import { type ConfigIssue, formatIssues } from '../config/issues.ts';
import { restartNeeded } from '../config/restart.ts';
import type { Config } from '../config/schema.ts';
import type { CycleSummary, RollbackSummary } from '../events.ts';
import { JournalError } from '../journal/errors.ts';
import { QbittorrentError } from '../qbittorrent/errors.ts';
import { nextEvent } from './next-event.ts';
import { OperationRefused, type WebhookNotice } from './operations.ts';
import type { OperationsParts } from './operations-parts.ts';

/** A caller waits so long for a rollback; it goes on all the same. */
const ROLLBACK_WAIT_MS = 60_000;
const CYCLE_WAIT_MS = 60_000;

type Answer = Record<string, unknown>;

/** The operations that change something. Each says what it did, or refuses with a reason. */
export class Commands {
  readonly #parts: OperationsParts;

  constructor(parts: OperationsParts) {
    this.#parts = parts;
  }

  webhook(notice: WebhookNotice): { readonly queueSize: number } {
    const { service, bus, clock } = this.#parts;
    // A v2 torrent is known to the WebUI by the first 40 digits of its hash.
    const hash = notice.hash?.slice(0, 40) ?? null;
    bus.emit('webhook:received', { event: notice.event, hash, at: clock.now() });
    return { queueSize: service.intake.queueSize };
  }

  async forceCycle(): Promise<Answer> {
    const { service } = this.#parts;
    if (service.link !== 'online') {
      const why = service.actor.getSnapshot().context.linkProblem ?? 'not connected yet';
      throw new OperationRefused(503, 'offline', `No cycle can run: ${why}`);
    }
    if (service.lifecycle.startsWith('rollingBack') || service.lifecycle === 'rolledBack') {
      throw new OperationRefused(
        409,
        'rolled_back',
        'Nothing is enforced after a rollback; POST /resume first.',
      );
    }
    const ended = this.#cycleFromNow();
    service.requestCycle('force');
    const outcome = await ended;
    if (outcome === null)
      throw new OperationRefused(503, 'timeout', 'The cycle did not end within a minute.');
    if ('problem' in outcome) throw new OperationRefused(503, 'cycle_failed', outcome.problem);
    return {
      status: 'completed',
      duration_seconds: outcome.durationMs / 1000,
      timestamp: this.#timestamp(),
      limits_changed: outcome.changed,
      api_calls: outcome.calls,
      failed_calls: outcome.failedCalls,
    };
  }

  /** The end of the next cycle to begin: one under way now has looked already, and doesn't count. */
  #cycleFromNow(): Promise<CycleSummary | { readonly problem: string } | null> {
    const { service, bus } = this.#parts;
    const { cycle, cycles } = service;
    let isUnderWay = cycle !== 'idle';
    // Cycles are numbered when they begin to apply.
    let lastNotMine = cycle === 'observing' || cycle === 'planning' ? cycles + 1 : cycles;
    return nextEvent(CYCLE_WAIT_MS, (settle) => [
      bus.on('cycle:finished', (summary) => {
        if (summary.cycle > lastNotMine) settle(summary);
        isUnderWay = false;
      }),
      bus.on('cycle:failed', (failure) => {
        if (!isUnderWay) settle(failure);
        isUnderWay = false;
        lastNotMine = cycles;
      }),
      // Both drop the cycle that was asked for.
      bus.on('state:changed', ({ machine, to }) => {
        if (machine === 'link' && to !== 'online') {
          settle({ problem: 'the connection to qBittorrent was lost' });
        } else if (machine === 'service' && to.startsWith('rollingBack')) {
          settle({ problem: 'a rollback came first' });
        }
      }),
    ]);
  }

  async rollback(request: { readonly reason: string; readonly by: string }): Promise<Answer> {
    const { service } = this.#parts;
    const ended = this.#rollbackEnd();
    service.actor.send({ type: 'ROLLBACK', ...request });
    const summary = await ended;
    const remembered = service.effects.remembered.isRemembered;
    const common = { remembered, reason: request.reason, timestamp: this.#timestamp() };
    if (summary === null) {
      return {
        status: 'pending',
        changes_reversed: 0,
        duration_seconds: 0,
        message:
          `${service.held.size} torrents get their own limits back as soon as qBittorrent answers.` +
          (remembered
            ? ' It is remembered over a restart.'
            : " The journal can't be written: until it can, a restart forgets it."),
        ...common,
      };
    }
    return {
      status: service.live.dryRun === null ? 'completed' : 'dry_run',
      changes_reversed: summary.restored,
      missing: summary.missing,
      left_in_force: summary.leftInForce,
      duration_seconds: summary.durationMs / 1000,
      ...common,
    };
  }

  /** The end of a rollback, or null as soon as it is remembered and has to wait. */
  #rollbackEnd(): Promise<RollbackSummary | null> {
    const { service, bus } = this.#parts;
    const isWaiting = (state: string) => state === 'rollingBack.waiting' && service.link !== 'online';
    if (isWaiting(service.lifecycle)) return Promise.resolve(null);
    return nextEvent<RollbackSummary | null>(ROLLBACK_WAIT_MS, (settle) => [
      bus.on('rollback:finished', settle),
      bus.on('state:changed', ({ machine, to }) => {
        if (machine === 'service' && isWaiting(to)) settle(null);
      }),
    ]);
  }

  async resume(): Promise<Answer> {
    const { service } = this.#parts;
    this.#refuseWhileRollingBack();
    const wasRolledBack = service.lifecycle === 'rolledBack';
    if (wasRolledBack) await orRefuse(() => service.effects.remembered.resume());
    // One may have come meanwhile.
    this.#refuseWhileRollingBack();
    service.actor.send({ type: 'RESUME' });
    return { status: wasRolledBack ? 'resumed' : 'already_enforcing', timestamp: this.#timestamp() };
  }

  #refuseWhileRollingBack(): void {
    if (!this.#parts.service.lifecycle.startsWith('rollingBack')) return;
    throw new OperationRefused(409, 'rolling_back', 'A rollback is under way; resume when it is done.');
  }

  async resetLimits(request: {
    readonly scope: 'unrestored' | 'all';
    readonly markRestored: boolean;
  }): Promise<Answer> {
    const { service, journal } = this.#parts;
    if (service.live.dryRun !== null) {
      const count = service.live.dryRun.size;
      await service.live.dryRun.clear();
      return { status: 'dry_run', count, mode: request.scope };
    }
    if (service.link !== 'online') {
      throw new OperationRefused(
        503,
        'offline',
        'qBittorrent does not answer; POST /rollback is remembered until it does.',
      );
    }
    const result = await orRefuse(() => service.effects.giveBack(null, new AbortController().signal));
    const forgotten = request.scope === 'all' && request.markRestored ? result.missing : [];
    if (forgotten.length > 0) {
      await orRefuse(() => journal.closeOriginals(forgotten));
      for (const key of forgotten) service.held.release(key);
    }
    return {
      status: result.unrestored.length === 0 ? 'completed' : 'partial',
      count: result.restored,
      missing: result.missing.length,
      unrestored: result.unrestored.length,
      mode: request.scope,
    };
  }

  resetSmoothing(trackerId: string | null): Answer {
    const { service } = this.#parts;
    if (trackerId !== null && !service.live.config.trackers.some(({ id }) => id === trackerId)) {
      throw new OperationRefused(
        404,
        'unknown_tracker',
        `No tracker with the id "${trackerId}" is configured.`,
      );
    }
    return {
      status: 'completed',
      cleared_count: service.effects.forgetMemory(trackerId),
      tracker: trackerId ?? 'all',
      timestamp: this.#timestamp(),
    };
  }

  async reloadConfig(): Promise<Answer> {
    const { service, bus, clock, loadConfig } = this.#parts;
    const loaded = await loadConfig();
    const errors = loaded.ok ? this.#addressErrors(loaded.config) : loaded.errors;
    if (!loaded.ok || errors.length > 0) {
      const issues = formatIssues(errors).split('\n');
      bus.emit('config:refused', { issues, at: clock.now() });
      throw new OperationRefused(422, 'config_invalid', 'The config has errors; the one in force stays.', {
        issues,
      });
    }
    const needRestart = restartNeeded(service.live.config, loaded.config);
    service.reconfigure(loaded.config);
    service.status.warnings = loaded.warnings;
    bus.emit('config:reloaded', { restartNeeded: needRestart, at: clock.now() });
    return {
      status: 'reloaded',
      rollout_percentage: service.percentage,
      restart_needed: needRestart,
      warnings: loaded.warnings,
    };
  }

  /** Another address may be another qBittorrent, and the originals belong to this one. */
  #addressErrors(config: Config): ConfigIssue[] {
    const { held, live } = this.#parts.service;
    if (held.size === 0 || qbittorrentBaseUrl(config) === qbittorrentBaseUrl(live.config)) return [];
    const message =
      `the address changed while ${held.size} torrents hold limits, and their originals belong to the qBittorrent ` +
      'at the old one: roll back first, then change the address, or restart, if it is the same qBittorrent under a ' +
      'new address';
    return [{ path: 'qbittorrent', message }];
  }

  #timestamp(): string {
    return new Date(this.#parts.clock.now()).toISOString();
  }
}

/** What qBittorrent or the journal refuses is for the caller to know, not a fault inside. */
async function orRefuse<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof QbittorrentError) throw new OperationRefused(503, 'offline', error.message);
    if (error instanceof JournalError) throw new OperationRefused(503, 'journal_failed', error.message);
    throw error;
  }
}
