import { qbittorrentBaseUrl } from '../config/base-url.ts';
import { type ConfigIssue, formatIssues } from '../config/issues.ts';
import { restartNeeded } from '../config/restart.ts';
import type { Config } from '../config/schema.ts';
import { toV1Length } from '../control/torrent.ts';
import type { CycleSummary } from '../events.ts';
import { nextEvent } from './next-event.ts';
import { OperationRefused, type WebhookNotice } from './operations.ts';
import type { OperationsParts } from './operations-parts.ts';
import { refuseContested } from './or-refuse.ts';

const CYCLE_WAIT_MS = 60_000;

type Answer = Record<string, unknown>;

/** What can be asked of enforcement: a cycle, rollout, config. Each says what it did, or refuses with a reason. */
export class Commands {
  readonly #parts: OperationsParts;

  constructor(parts: OperationsParts) {
    this.#parts = parts;
  }

  webhook(notice: WebhookNotice): { readonly queueSize: number } {
    const { service, bus, clock } = this.#parts;
    const hash = notice.hash === null ? null : toV1Length(notice.hash);
    bus.emit('webhook:received', { event: notice.event, hash, at: clock.now() });
    return { queueSize: service.intake.queueSize };
  }

  async forceCycle(): Promise<Answer> {
    const { service } = this.#parts;
    refuseContested(service);
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
