import type { RestoreOutcome, RollbackRequest } from '../../machines/service.types.ts';
import type { Bus } from '../bus.ts';
import { findNamed, type NamedTorrents } from '../control/named-torrents.ts';
import { infoHashOf, type TorrentKey, torrentKey } from '../control/torrent.ts';
import { ScopeSet, type TorrentScope } from '../control/torrent-scope.ts';
import type { RollbackSummary } from '../events.ts';
import type { Journal } from '../journal/records.ts';
import type { Clock } from './clock.ts';
import type { Exclusive } from './exclusive.ts';
import { isLinkLost, messageOf } from './failures.ts';
import { restoreToFirst, revertToFirst } from './first-originals.ts';
import type { HeldLimits } from './limits/held-limits.ts';
import type { Picture } from './limits/picture.ts';
import type { RestoreCause, RestoreResult, Restorer } from './limits/restorer.ts';
import type { LiveConfig } from './live-config.ts';
import type { ClientGuard } from './ownership/client-guard.ts';
import { RememberedRollbacks, type RollbackRequestOf } from './remembered-rollbacks.ts';

export interface RollbacksParts {
  readonly journal: Journal;
  readonly held: HeldLimits;
  readonly picture: Picture;
  readonly restorer: Restorer;
  readonly guard: Pick<ClientGuard, 'assertMayWrite'>;
  readonly exclusive: Exclusive;
  readonly live: LiveConfig;
  readonly recall: () => Promise<void>;
  readonly isOnline: () => boolean;
  /** The number of the latest cycle. */
  readonly cycles: () => number;
  /** All torrents have their own limits: what cycles have learnt is void. */
  readonly onAllRestored: () => void;
  readonly onJournalProblem: (error: unknown) => void;
  /** Aborted when the service stops. */
  readonly stopping: AbortSignal;
  readonly bus: Bus;
  readonly clock: Clock;
}

export interface PartRequest extends RollbackRequestOf {
  readonly scope: TorrentScope;
}

/** What came of giving all limits back at the end. */
export interface FarewellResult {
  readonly restored: number;
  /** Info-hashes of torrents that still hold, or when they come back would hold, limits of Qguardarr. */
  readonly left: readonly string[];
  /** Why they do; null when none does. */
  readonly problem: string | null;
}

const NAMED_IN_A_MESSAGE = 5;
const NOTHING: RestoreResult = { restored: 0, missing: [], unrestored: [] };

/**
 * Gives torrents their own limits back. All of them: the steps of the service machine, which stops enforcement
 * before and until a resumption. A part of them: at once, beside enforcement, which leaves them alone from then
 * on; what can't be done at once, cycles do, as they do for any torrent that leaves their hands.
 */
export class Rollbacks {
  readonly remembered: RememberedRollbacks;
  readonly #parts: RollbacksParts;
  /** Given back by the rollback under way, before it was interrupted. */
  #restoredBefore = 0;
  /** How many a rollback of a part had to give back, as far as this run has seen. */
  readonly #wanted = new Map<TorrentScope, number>();

  constructor(parts: RollbacksParts) {
    this.#parts = parts;
    const { journal, clock, onJournalProblem } = parts;
    this.remembered = new RememberedRollbacks({ journal, clock, onJournalProblem });
  }

  /**
   * Gives torrents their own limits back, alone with qBittorrent: a cycle under way ends before, and one
   * that has looked but not written yet is void.
   * @param only null: all that are held
   * @throws QbittorrentError, QueueStopped, ClientContested, the signal's reason
   */
  giveBack(
    only: ReadonlySet<TorrentKey> | null,
    reason: RestoreCause['reason'],
    signal = this.#parts.stopping,
  ): Promise<RestoreResult> {
    const { exclusive, held, restorer, guard, cycles } = this.#parts;
    return exclusive.run(async () => {
      await guard.assertMayWrite(signal);
      try {
        return await restorer.restore(only, { reason, cycle: cycles() }, signal);
      } finally {
        // At its end, so that a cycle that looked in the middle of it is void too.
        held.beginEpoch();
      }
    });
  }

  /**
   * Makes the limits seen before Qguardarr's first write the originals again, whatever the user set later. Returns of how
   * many torrents the original is another now.
   * @throws JournalError
   */
  revertToFirst(scope: TorrentScope | null): Promise<number> {
    return this.#parts.exclusive.run(() => this.#revertToFirst(scope));
  }

  async #revertToFirst(scope: TorrentScope | null): Promise<number> {
    const { journal, held, clock } = this.#parts;
    return (await revertToFirst({ journal, held }, scope, clock.monotonic())).length;
  }

  /** Of a scope, as its rollback was asked for. @throws as `giveBack` */
  async #giveBackIn(scope: TorrentScope | null, signal = this.#parts.stopping): Promise<RestoreResult> {
    const giveBack = () =>
      this.giveBack(scope === null ? null : new Set(this.heldIn(scope)), 'rollback', signal);
    if (!this.remembered.isToFirst(scope)) return await giveBack();
    return await restoreToFirst(giveBack, () => this.#revertIfItCan(scope));
  }

  /** Of all torrents: from its request on, it is remembered. */
  async remember(request: RollbackRequest | null): Promise<void> {
    const { by, reason } = request ?? { by: 'unknown', reason: '' };
    this.#restoredBefore = 0;
    this.#started({ by, reason, scope: null });
    await this.remembered.begin({ by, reason, scope: null });
  }

  /** Of all torrents; begun anew, it goes on with what is left. */
  async restore(request: RollbackRequest | null, signal: AbortSignal): Promise<RestoreOutcome> {
    const { journal, held, live, recall, onAllRestored, clock } = this.#parts;
    const startedAt = clock.monotonic();
    const scope = null;
    try {
      await recall();
      const open = journal.openRollback;
      await live.dryRun?.clear();
      const result = live.dryRun === null ? await this.#giveBackIn(scope, signal) : NOTHING;
      this.#restoredBefore += result.restored;
      const restored = this.#restoredBefore;
      if (result.unrestored.length > 0) {
        const problem = this.#interrupted(scope, restored, result.unrestored);
        return { complete: false, problem, linkLost: false };
      }
      onAllRestored();
      const leftInForce = live.dryRun === null ? 0 : held.size;
      // Otherwise it stays unfinished on disk, for the first run that may write.
      if (leftInForce === 0) await this.remembered.finish(scope, restored, result.missing.length);
      const by = request?.by ?? open?.by ?? 'unknown';
      const reason = request?.reason ?? open?.reason ?? '';
      const missing = result.missing.length;
      this.#finished({ by, reason, scope, restored, missing, leftInForce }, startedAt);
      return { complete: true };
    } catch (error) {
      const problem = this.#interrupted(scope, this.#restoredBefore, [], messageOf(error));
      return { complete: false, problem, linkLost: isLinkLost(error) };
    }
  }

  /** Returns what came of it, or null when it has to wait: for qBittorrent, or for the end of a dry run. */
  async restorePart(request: PartRequest): Promise<RestoreResult | null> {
    const { live, isOnline, recall, clock } = this.#parts;
    const startedAt = clock.monotonic();
    const { by, reason, scope } = request;
    this.#started({ by, reason, scope });
    await this.remembered.begin(request);
    this.#wanted.set(scope, this.heldIn(scope).length);
    if (live.dryRun !== null || !isOnline()) return null;
    try {
      await recall();
      const result = await this.#giveBackIn(scope);
      if (result.unrestored.length > 0) this.#interrupted(scope, result.restored, result.unrestored);
      else await this.#finishPart(request, result.restored, result.missing.length, startedAt);
      return result;
    } catch (error) {
      this.#interrupted(scope, 0, [], messageOf(error));
      return null;
    }
  }

  /** Which torrents a scope means, by what qBittorrent showed last. */
  named(scope: TorrentScope): NamedTorrents {
    const { held, journal, picture } = this.#parts;
    const { table } = picture;
    const isKnown = (id: string) => {
      const key = torrentKey(table.instance, id);
      return held.get(key) !== undefined || journal.restored.has(key);
    };
    return findNamed(scope, (infoHash) => table.idOf(infoHash), isKnown);
  }

  /** As `named`, for torrents that may have been added since. Without an answer, what was shown before counts. */
  async namedNow(scope: TorrentScope): Promise<NamedTorrents> {
    const { isOnline, picture, stopping } = this.#parts;
    if (isOnline()) await picture.refresh('rollback', false, stopping).catch(() => undefined);
    return this.named(scope);
  }

  /** Whether qBittorrent has torrents that are still to get their own limits. */
  haveComeBack(): boolean {
    const { held, picture } = this.#parts;
    for (const { key } of held.values()) if (picture.has(key)) return true;
    return false;
  }

  /** After each cycle: those of a part that cycles have brought to their end. */
  async settleParts(): Promise<void> {
    const { live, picture, clock } = this.#parts;
    for (const open of this.remembered.ofParts) {
      const { scope } = open;
      if (open.isFinished || scope === null) continue;
      // A limit that a cycle took for the user's, before or with its release, is not the one to keep.
      const isToFirst = this.remembered.isToFirst(scope) && live.dryRun === null;
      if (isToFirst && (await this.#revertIfItCan(scope)) > 0) continue;
      const held = this.heldIn(scope);
      const wanted = Math.max(this.#wanted.get(scope) ?? 0, held.length);
      this.#wanted.set(scope, wanted);
      if (held.some((key) => picture.has(key))) continue;
      await this.#finishPart({ ...open, scope }, wanted - held.length, held.length, clock.monotonic());
    }
  }

  /**
   * As the service stops: all torrents get their own limits back, as far as that can be done in the time. No
   * rollback is begun, so that the next start enforces again; what is left is in the journal as before.
   * @param obstacle why nothing can be written to the client, or null
   */
  async bidFarewell(withinMs: number, obstacle: string | null): Promise<FarewellResult> {
    const { held, live, recall } = this.#parts;
    const before = held.size;
    if (before === 0) return { restored: 0, left: [], problem: null };
    const bound = new AbortController();
    const timer = setTimeout(
      () => bound.abort(new Error(`it took more than ${withinMs / 1000} s`)),
      withinMs,
    );
    let problem: string | null = null;
    try {
      if (live.dryRun !== null) throw new Error('dry run');
      if (obstacle !== null) throw new Error(obstacle);
      await recall();
      const { missing, unrestored } = await this.giveBack(null, 'shutdown', bound.signal);
      if (unrestored.length > 0) problem = 'qBittorrent does not show their own limits yet';
      else if (missing.length > 0) problem = 'they are not in qBittorrent now';
    } catch (error) {
      problem = messageOf(bound.signal.aborted ? bound.signal.reason : error);
    } finally {
      clearTimeout(timer);
    }
    const left = [...held.values()].map(({ key }) => infoHashOf(key));
    return { restored: before - left.length, left, problem };
  }

  /** A full disk must not prevent the end of a rollback. */
  async #revertIfItCan(scope: TorrentScope | null): Promise<number> {
    try {
      return await this.revertToFirst(scope);
    } catch (error) {
      this.#parts.onJournalProblem(error);
      return 0;
    }
  }

  /** Torrents of a part that hold limits of Qguardarr. */
  heldIn(scope: TorrentScope): TorrentKey[] {
    const scopes = new ScopeSet([scope]);
    return [...this.#parts.held.values()]
      .filter(({ key, trackerId }) => scopes.covers(infoHashOf(key), trackerId))
      .map(({ key }) => key);
  }

  async #finishPart(
    { by, reason, scope }: PartRequest,
    restored: number,
    missing: number,
    startedAt: number,
  ): Promise<void> {
    this.#wanted.delete(scope);
    if (!this.remembered.ofParts.some((open) => open.scope === scope && !open.isFinished)) return;
    await this.remembered.finish(scope, restored, missing);
    this.#finished({ by, reason, scope, restored, missing, leftInForce: 0 }, startedAt);
  }

  #started(request: { readonly by: string; readonly reason: string; readonly scope: TorrentScope | null }) {
    const { bus, clock } = this.#parts;
    bus.emit('rollback:started', { ...request, at: clock.now() });
  }

  #finished(summary: Omit<RollbackSummary, 'durationMs' | 'at'>, startedAt: number): void {
    const { bus, clock } = this.#parts;
    const durationMs = clock.monotonic() - startedAt;
    bus.emit('rollback:finished', { ...summary, durationMs, at: clock.now() });
  }

  /** Returns the problem, in words. */
  #interrupted(
    scope: TorrentScope | null,
    restored: number,
    unrestored: readonly TorrentKey[],
    problem = unrestoredProblem(unrestored),
  ): string {
    const { bus, clock } = this.#parts;
    const at = clock.now();
    bus.emit('rollback:interrupted', {
      problem,
      scope,
      restored,
      unrestored: unrestored.map(infoHashOf),
      at,
    });
    return problem;
  }
}

function unrestoredProblem(keys: readonly TorrentKey[]): string {
  const named = keys.slice(0, NAMED_IN_A_MESSAGE).map(infoHashOf).join(', ');
  const others = keys.length > NAMED_IN_A_MESSAGE ? ' and others' : '';
  const have = keys.length === 1 ? 'torrent has' : 'torrents have';
  return `${keys.length} ${have} not got their own limit back yet: ${named}${others}`;
}
