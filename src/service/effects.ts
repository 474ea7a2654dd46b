import { fromPromise } from 'xstate';
import type { serviceMachine } from '../../machines/service.machine.ts';
import type {
  ApplyOutcome,
  ConnectOutcome,
  CycleRequest,
  ObserveOutcome,
  PlanOutcome,
  RestoreOutcome,
  RollbackRequest,
} from '../../machines/service.types.ts';
import type { Bus } from '../bus.ts';
import { plan as makePlan } from '../control/plan.ts';
import type { TorrentKey } from '../control/torrent.ts';
import type { Plan, PlanInput } from '../control/types.ts';
import { JournalError } from '../journal/errors.ts';
import type { Journal } from '../journal/records.ts';
import type { QbittorrentClient } from '../qbittorrent/client.ts';
import { AddressBanned, CredentialsRefused } from '../qbittorrent/errors.ts';
import type { Clock } from './clock.ts';
import type { Exclusive } from './exclusive.ts';
import { isLinkLost, messageOf } from './failures.ts';
import type { Enforcer } from './limits/enforcer.ts';
import type { HeldLimits } from './limits/held-limits.ts';
import type { Observation, Observer } from './limits/observer.ts';
import { recallWrites } from './limits/recall.ts';
import type { RestoreResult, Restorer } from './limits/restorer.ts';
import type { LiveConfig } from './live-config.ts';
import { PlanMemory } from './plan-memory.ts';
import { RememberedRollback } from './remembered-rollback.ts';
import { diagnosePreferences } from './reports/diagnosis.ts';
import type { Status } from './reports/status.ts';
import type { RolloutGate } from './rollout-gate.ts';
import { controlSettings } from './settings.ts';

/** A ban lasts an hour and every attempt may prolong it. */
const RETRY_BANNED_MS = 15 * 60_000;

export interface EffectsParts {
  readonly client: () => QbittorrentClient;
  readonly journal: Journal;
  readonly observer: Observer;
  readonly enforcer: Enforcer;
  readonly restorer: Restorer;
  readonly held: HeldLimits;
  readonly exclusive: Exclusive;
  readonly live: LiveConfig;
  readonly gate: RolloutGate;
  readonly status: Status;
  /** As the tracker machines stand. */
  readonly trackerStates: () => PlanInput['trackerStates'];
  readonly bus: Bus;
  readonly clock: Clock;
}

/** What the service machine's steps really do. Each answers with an outcome; none lets an error out. */
export class Effects {
  readonly #parts: EffectsParts;
  readonly #memory = new PlanMemory();
  readonly remembered: RememberedRollback;
  #percentage = 0;
  #origins: CycleRequest['origins'] = [];
  #startedAt = 0;
  #startedMonotonic = 0;
  #epoch = 0;
  #hasRecalled = false;

  constructor(parts: EffectsParts) {
    this.#parts = parts;
    this.remembered = new RememberedRollback({
      journal: parts.journal,
      clock: parts.clock,
      onJournalProblem: (error) => this.noteJournal(error),
    });
  }

  /** The machine's actors, to be given to `serviceMachine.provide`. */
  actors(): NonNullable<Parameters<typeof serviceMachine.provide>[0]['actors']> {
    return {
      connect: fromPromise<ConnectOutcome, void>(({ signal }) => this.#connect(signal)),
      observe: fromPromise<ObserveOutcome, CycleRequest & { readonly percentage: number }>(
        ({ input, signal }) => this.#observe(input, input.percentage, signal),
      ),
      plan: fromPromise<PlanOutcome, PlanInput | null>(async ({ input }) => this.#plan(input)),
      apply: fromPromise<ApplyOutcome, { readonly plan: Plan | null; readonly cycle: number }>(
        ({ input, signal }) => this.#apply(input.plan, input.cycle, signal),
      ),
      remember: fromPromise<void, RollbackRequest | null>(({ input }) => this.#remember(input)),
      restore: fromPromise<RestoreOutcome, RollbackRequest | null>(({ input, signal }) =>
        this.#restore(input, signal),
      ),
    };
  }

  /** The plan's inputs as of now, for a preview. */
  planInput(percentage: number): PlanInput {
    const { observer, live } = this.#parts;
    const settings = controlSettings(live.config, percentage);
    return this.#inputOf(settings, observer.look(settings), this.#memory.current);
  }

  #inputOf(settings: PlanInput['settings'], seen: Observation, memory: PlanInput['memory']): PlanInput {
    const { observer, clock, trackerStates } = this.#parts;
    const tenSecondMeans = observer.tenSecondMeans();
    return { now: clock.now(), settings, ...seen, tenSecondMeans, trackerStates: trackerStates(), memory };
  }

  /** Forgets trims and demand estimates of one tracker, or of all. Returns how many trackers had any. */
  forgetMemory(trackerId: string | null): number {
    const before = this.#memory.current.trackers.size;
    if (trackerId === null) this.#memory.forgetAll();
    else {
      const readings = this.planInput(100).readings.filter((reading) => reading.trackerId === trackerId);
      this.#memory.forgetTracker(trackerId, readings);
    }
    return before - this.#memory.current.trackers.size;
  }

  /**
   * Gives torrents their own limits back, alone with qBittorrent: a cycle under way ends before, and one
   * that has looked but not written yet is void.
   * @param only null: all that are held
   */
  giveBack(only: ReadonlySet<TorrentKey> | null, signal: AbortSignal): Promise<RestoreResult> {
    const { exclusive, held, restorer } = this.#parts;
    // At its end, so that a cycle that looked in the middle of it is void too.
    return exclusive.run(() => restorer.restore(only, signal).finally(() => held.beginEpoch()));
  }

  async #connect(signal: AbortSignal): Promise<ConnectOutcome> {
    try {
      const { client, status } = this.#parts;
      const { appVersion } = await client().connect(signal);
      status.qbittorrentVersion = appVersion;
      await this.#diagnose(signal);
      return { ok: true };
    } catch (error) {
      return {
        ok: false,
        problem: messageOf(error),
        refused: error instanceof CredentialsRefused,
        retryAfterMs: error instanceof AddressBanned ? RETRY_BANNED_MS : null,
      };
    }
  }

  async #diagnose(signal: AbortSignal): Promise<void> {
    const { client, live, status } = this.#parts;
    const findings = diagnosePreferences(await client().preferences(signal), live.config);
    status.qbittorrentFindings = findings.map(({ problem, advice }) => `${problem}: ${advice}`);
  }

  async #observe(request: CycleRequest, percentage: number, signal: AbortSignal): Promise<ObserveOutcome> {
    const { held, observer, live, clock } = this.#parts;
    this.#epoch = held.epoch;
    this.#origins = request.origins;
    this.#percentage = percentage;
    this.#startedAt = clock.now();
    this.#startedMonotonic = clock.monotonic();
    const settings = controlSettings(live.config, percentage);
    try {
      await this.#recall();
      const seen = await observer.observe(request, settings, signal);
      if (request.origins.includes('reconcile')) await this.#diagnose(signal);
      return { ok: true, planInput: this.#inputOf(settings, seen, this.#memory.look()) };
    } catch (error) {
      return this.#failed(error, signal);
    }
  }

  #plan(input: PlanInput | null): PlanOutcome {
    try {
      if (input === null) throw new Error('nothing was observed');
      const plan = makePlan(input);
      return { ok: true, plan };
    } catch (error) {
      return this.#failed(error);
    }
  }

  async #apply(plan: Plan | null, cycle: number, signal: AbortSignal): Promise<ApplyOutcome> {
    const { enforcer, exclusive, held, live, gate, bus, clock } = this.#parts;
    try {
      if (plan === null) throw new Error('nothing was planned');
      this.#memory.keep(plan.memory);
      const result = await exclusive.run(() => {
        if (held.epoch !== this.#epoch) throw new Error('limits were given back since this cycle looked');
        return enforcer.apply(plan, cycle, signal);
      });
      if (result.calls > 0) this.journalWorks();
      signal.throwIfAborted();
      const at = clock.now();
      const summary = {
        cycle,
        origins: this.#origins,
        startedAt: this.#startedAt,
        at,
        durationMs: clock.monotonic() - this.#startedMonotonic,
        considered: plan.considered,
        managed: plan.managed.size,
        changed: result.changed,
        calls: result.calls + 1,
        failedCalls: result.failedCalls,
        deferred: plan.deferred,
        dryRun: live.dryRun !== null,
        trackers: plan.trackers,
      };
      gate.noteCycle(plan.trackers, this.#percentage, live.config.rollout);
      bus.emit('cycle:finished', summary);
      if (isLinkLost(result.failure)) return this.#failed(result.failure, signal);
      return { ok: true, at, gateProblem: gate.problem(live.config.rollout) };
    } catch (error) {
      return this.#failed(error, signal);
    }
  }

  async #remember(request: RollbackRequest | null): Promise<void> {
    const { bus, clock } = this.#parts;
    const { by, reason } = request ?? { by: 'unknown', reason: '' };
    bus.emit('rollback:started', { by, reason, at: clock.now() });
    await this.remembered.begin(by, reason);
  }

  async #restore(request: RollbackRequest | null, signal: AbortSignal): Promise<RestoreOutcome> {
    const { journal, held, live, bus, clock } = this.#parts;
    const startedAt = clock.monotonic();
    try {
      await this.#recall();
      const open = journal.openRollback;
      await live.dryRun?.clear();
      const result =
        live.dryRun === null
          ? await this.giveBack(null, signal)
          : { restored: 0, missing: [], unrestored: [] };
      if (result.unrestored.length > 0) {
        const problem = `${result.unrestored.length} torrents have not got their own limit back yet`;
        bus.emit('rollback:interrupted', { problem, at: clock.now() });
        return { complete: false, problem, linkLost: false };
      }
      this.#memory.forgetAll();
      const leftInForce = live.dryRun === null ? 0 : held.size;
      // Otherwise it stays unfinished on disk, for the first run that may write.
      if (leftInForce === 0) await this.remembered.finish(result.restored, result.missing.length);
      bus.emit('rollback:finished', {
        by: request?.by ?? open?.by ?? 'unknown',
        reason: request?.reason ?? open?.reason ?? '',
        restored: result.restored,
        missing: result.missing.length,
        leftInForce,
        durationMs: clock.monotonic() - startedAt,
        at: clock.now(),
      });
      return { complete: true };
    } catch (error) {
      bus.emit('rollback:interrupted', { problem: messageOf(error), at: clock.now() });
      return { complete: false, problem: messageOf(error), linkLost: isLinkLost(error) };
    }
  }

  /** Once, before anything that qBittorrent shows is judged. */
  async #recall(): Promise<void> {
    if (this.#hasRecalled) return;
    await recallWrites(this.#parts.journal, this.#parts.held);
    this.#hasRecalled = true;
  }

  #failed(
    error: unknown,
    signal?: AbortSignal,
  ): { readonly ok: false; readonly problem: string; readonly linkLost: boolean } {
    const { bus, clock } = this.#parts;
    if (error instanceof JournalError) this.noteJournal(error);
    const brokenOff = signal?.aborted === true;
    const problem = brokenOff ? 'broken off by a rollback, a lost connection or a stop' : messageOf(error);
    bus.emit('cycle:failed', { problem, at: clock.now() });
    return { ok: false, problem, linkLost: !brokenOff && isLinkLost(error) };
  }

  /** Once when it begins, not with every cycle. */
  noteJournal(error: unknown): void {
    const { status, bus, clock } = this.#parts;
    const problem = messageOf(error);
    if (status.journalProblem !== problem) bus.emit('journal:failed', { problem, at: clock.now() });
  }

  /** The journal was written again. */
  journalWorks(): void {
    const { status, bus, clock } = this.#parts;
    if (status.journalProblem !== null) bus.emit('journal:recovered', { at: clock.now() });
  }
}
