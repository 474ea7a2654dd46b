import { describeUnknown, type NamedTorrents } from '../control/named-torrents.ts';
import { infoHashOf } from '../control/torrent.ts';
import { describeScope, type TorrentScope } from '../control/torrent-scope.ts';
import type { RollbackSummary } from '../events.ts';
import { nextEvent } from './next-event.ts';
import { OperationRefused } from './operations.ts';
import type { OperationsParts } from './operations-parts.ts';
import { orRefuse, refuseContested } from './or-refuse.ts';
import { contestText } from './ownership/contest.ts';
import type { PartRequest } from './rollbacks.ts';

const NOTHING_MANAGED = 'Nothing was managed, so nothing was changed. Enforcement goes on.';
/** A caller waits so long for a rollback; it goes on all the same. */
const ROLLBACK_WAIT_MS = 60_000;

type Answer = Record<string, unknown>;

interface Request {
  readonly reason: string;
  readonly by: string;
  readonly scope?: TorrentScope;
  readonly originals?: 'current' | 'first';
}

/** How far a rollback of all torrents has come: to its end, to torrents that don't take their limits, or to a wait. */
type RollbackStand =
  | { readonly kind: 'finished'; readonly summary: RollbackSummary }
  | { readonly kind: 'partial'; readonly restored: number; readonly unrestored: readonly string[] }
  | { readonly kind: 'waiting' };

/** What gives limits back, and what ends that. Each says what it did, or refuses with a reason. */
export class RollbackCommands {
  readonly #parts: OperationsParts;

  constructor(parts: OperationsParts) {
    this.#parts = parts;
  }

  async rollback({ scope, by, reason, originals }: Request): Promise<Answer> {
    const toFirst = originals === 'first';
    if (toFirst && this.#parts.service.live.dryRun !== null) {
      const message =
        'global.dry_run is on, and a dry run does not choose other originals: switch it off first.';
      throw new OperationRefused(409, 'dry_run', message);
    }
    if (scope !== undefined) return this.#rollbackPart({ by, reason, scope }, toFirst);
    if (toFirst) await this.#revertToFirst(null);
    return this.#rollbackAll(by, reason, toFirst);
  }

  async resume(): Promise<Answer> {
    const { service } = this.#parts;
    this.#refuseWhileRollingBack();
    const { remembered } = service.rollbacks;
    const isOff = service.lifecycle === 'rolledBack' || remembered.ofParts.length > 0;
    if (isOff) await orRefuse(() => remembered.resume());
    // One may have come meanwhile.
    this.#refuseWhileRollingBack();
    if (service.lifecycle === 'rolledBack') service.actor.send({ type: 'RESUME' });
    else if (isOff) service.requestCycle('resume');
    return { status: isOff ? 'resumed' : 'already_enforcing', timestamp: this.#timestamp() };
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
    refuseContested(service);
    if (service.link !== 'online') {
      throw new OperationRefused(
        503,
        'offline',
        'qBittorrent does not answer; POST /rollback is remembered until it does.',
      );
    }
    const result = await orRefuse(() => service.rollbacks.giveBack(null, 'limits reset'));
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
      unrestored_torrents: result.unrestored.map(infoHashOf),
      mode: request.scope,
    };
  }

  async #rollbackAll(by: string, reason: string, toFirst: boolean): Promise<Answer> {
    const { service, clock } = this.#parts;
    if (this.#hasNothingToGiveBack()) {
      return {
        status: 'completed',
        changes_reversed: 0,
        duration_seconds: 0,
        message: NOTHING_MANAGED,
        ...this.#common(reason, null),
      };
    }
    // On disk before it begins, and also where one under way takes no other.
    if (toFirst) await service.rollbacks.remembered.begin({ by, reason, scope: null, originals: 'first' });
    const startedAt = clock.monotonic();
    const ended = this.#rollbackStand();
    service.actor.send({ type: 'ROLLBACK', by, reason });
    const stand = (await ended) ?? { kind: 'waiting' };
    const common = this.#common(reason, null);
    switch (stand.kind) {
      case 'finished':
        return {
          status: service.live.dryRun === null ? 'completed' : 'dry_run',
          changes_reversed: stand.summary.restored,
          missing: stand.summary.missing,
          left_in_force: stand.summary.leftInForce,
          duration_seconds: stand.summary.durationMs / 1000,
          ...common,
        };
      case 'partial':
        return {
          status: 'partial',
          changes_reversed: stand.restored,
          unrestored_torrents: stand.unrestored,
          duration_seconds: (clock.monotonic() - startedAt) / 1000,
          message:
            'qBittorrent shows these torrents with another limit yet; it is tried until all have their own.',
          ...common,
        };
      case 'waiting':
        return this.#pending(service.held.size, common);
    }
  }

  /** Null when it takes longer than a caller waits. */
  #rollbackStand(): Promise<RollbackStand | null> {
    const { service, bus } = this.#parts;
    const isWaiting = (state: string) => state === 'rollingBack.waiting' && service.link !== 'online';
    if (isWaiting(service.lifecycle)) return Promise.resolve({ kind: 'waiting' });
    return nextEvent<RollbackStand>(ROLLBACK_WAIT_MS, (settle) => [
      bus.on('rollback:finished', (summary) => {
        if (summary.scope === null) settle({ kind: 'finished', summary });
      }),
      bus.on('rollback:interrupted', ({ scope, restored, unrestored }) => {
        if (scope === null && unrestored.length > 0) settle({ kind: 'partial', restored, unrestored });
      }),
      bus.on('state:changed', ({ machine, to }) => {
        if (machine === 'service' && isWaiting(to)) settle({ kind: 'waiting' });
      }),
    ]);
  }

  /** Nor was anything given back before: a rollback would do nothing but end enforcement. */
  #hasNothingToGiveBack(): boolean {
    const { service, journal } = this.#parts;
    const { held, live, rollbacks, lifecycle } = service;
    const { ofAll, ofParts } = rollbacks.remembered;
    const isUnderWay = lifecycle.startsWith('rollingBack') || lifecycle === 'rolledBack';
    const managed = journal.originals.size + held.size + (live.dryRun?.size ?? 0);
    return managed === 0 && !isUnderWay && ofAll === null && ofParts.length === 0;
  }

  #revertToFirst(scope: TorrentScope | null): Promise<number> {
    return orRefuse(() => this.#parts.service.rollbacks.revertToFirst(scope));
  }

  async #rollbackPart(asked: PartRequest, toFirst: boolean): Promise<Answer> {
    const { service, clock } = this.#parts;
    const named = this.#named(asked.scope);
    // What needs no look begins at once, before what is asked for next.
    const { scope, unknown } = named.unknown.length === 0 ? named : await this.#lookFor(asked.scope);
    const { reason } = asked;
    const request = { ...asked, scope, ...(toFirst && { originals: 'first' as const }) };
    if (toFirst) await this.#revertToFirst(scope);
    const startedAt = clock.monotonic();
    const restored = service.rollbacks.restorePart(request);
    const result = await nextEvent<Awaited<typeof restored>>(ROLLBACK_WAIT_MS, (settle) => {
      restored.then(settle, () => settle(null));
      return [];
    });
    // Cycles share among the others what it has left to them, and do what is left to do.
    service.requestCycle('force');
    const common = { ...this.#common(reason, scope), ...(unknown.length > 0 ? { unknown } : {}) };
    if (result === null) {
      const left = service.rollbacks.heldIn(scope).length;
      if (service.live.dryRun === null) return this.#pending(left, common);
      return {
        status: 'dry_run',
        changes_reversed: 0,
        left_in_force: left,
        duration_seconds: 0,
        ...common,
      };
    }
    return {
      status: result.unrestored.length === 0 ? 'completed' : 'partial',
      changes_reversed: result.restored,
      missing: result.missing.length,
      unrestored_torrents: result.unrestored.map(infoHashOf),
      duration_seconds: (clock.monotonic() - startedAt) / 1000,
      ...common,
    };
  }

  /** @throws OperationRefused when there is no such tracker: a mistyped one would be taken for done */
  #named(scope: TorrentScope): NamedTorrents {
    const { rollbacks, held, live } = this.#parts.service;
    const isKnown =
      scope.kind !== 'tracker' ||
      live.config.trackers.some(({ id }) => id === scope.trackerId) ||
      [...held.values()].some(({ trackerId }) => trackerId === scope.trackerId);
    if (isKnown) return rollbacks.named(scope);
    throw new OperationRefused(
      404,
      'unknown_tracker',
      `No tracker with the id "${scope.trackerId}" is configured.`,
    );
  }

  /** @throws OperationRefused when none of the torrents is known */
  async #lookFor(scope: TorrentScope): Promise<NamedTorrents> {
    const named = await this.#parts.service.rollbacks.namedNow(scope);
    if (!named.isEmpty) return named;
    const { unknown } = named;
    throw new OperationRefused(404, 'unknown_torrents', `None is known: ${describeUnknown(unknown)}`, {
      unknown,
    });
  }

  #pending(torrents: number, common: Answer): Answer {
    return {
      status: 'pending',
      changes_reversed: 0,
      duration_seconds: 0,
      message:
        `${torrents} torrents get their original limits back as soon as ${this.#awaited()}.` +
        (common.remembered === true
          ? ' It is remembered over a restart.'
          : " The journal can't be written: until it can, a restart forgets it."),
      ...common,
    };
  }

  /** What a rollback waits for, in words. */
  #awaited(): string {
    const { contest } = this.#parts.service.actor.getSnapshot().context;
    return contest === null
      ? 'qBittorrent answers'
      : `Qguardarr may write to it again (${contestText(contest)})`;
  }

  #common(reason: string, scope: TorrentScope | null): Answer {
    return {
      remembered: this.#parts.service.rollbacks.remembered.isRemembered,
      reason,
      scope: scope === null ? 'all' : describeScope(scope),
      timestamp: this.#timestamp(),
    };
  }

  #refuseWhileRollingBack(): void {
    if (!this.#parts.service.lifecycle.startsWith('rollingBack')) return;
    throw new OperationRefused(409, 'rolling_back', 'A rollback is under way; resume when it is done.');
  }

  #timestamp(): string {
    return new Date(this.#parts.clock.now()).toISOString();
  }
}
