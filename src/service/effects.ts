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
import type { ControlMemory, Plan, PlanInput } from '../control/types.ts';
import { EMPTY_MEMORY } from '../control/types.ts';
import { JournalError } from '../journal/errors.ts';
import type { Journal } from '../journal/records.ts';
import type { QbittorrentClient } from '../qbittorrent/client.ts';
import {
  AddressBanned,
  CredentialsRefused,
  QbittorrentError,
  UnexpectedAnswer,
} from '../qbittorrent/errors.ts';
import type { Clock } from './clock.ts';
import type { Exclusive } from './exclusive.ts';
import type { Enforcer } from './limits/enforcer.ts';
import type { HeldLimits } from './limits/held-limits.ts';
import type { Observer } from './limits/observer.ts';
import { recallWrites } from './limits/recall.ts';
import type { RestoreResult, Restorer } from './limits/restorer.ts';
import type { LiveConfig } from './live-config.ts';
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
  readonly bus: Bus;
  readonly clock: Clock;
}

/** What the service machine's steps really do. Each answers with an outcome; none lets an error out. */
export class Effects {
  readonly #parts: EffectsParts;
  #memory: ControlMemory = EMPTY_MEMORY;
  #origins: CycleRequest['origins'] = [];
  #startedAt = 0;
  #startedMonotonic = 0;
  #epoch = 0;
  #hasRecalled = false;

  constructor(parts: EffectsParts) {
    this.#parts = parts;
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
    const { observer, live, clock } = this.#parts;
    const settings = controlSettings(live.config, percentage);
    return {
      now: clock.now(),
      settings,
      readings: observer.readings(settings),
      tenSecondMeans: observer.tenSecondMeans(),
      memory: this.#memory,
    };
  }

  /** Forgets trims and demand estimates of one tracker, or of all. Returns how many trackers had any. */
  forgetMemory(trackerId: string | null): number {
    const before = this.#memory.trackers;
    const kept = new Map([...before].filter(([id]) => trackerId !== null && id !== trackerId));
    this.#memory = trackerId === null ? EMPTY_MEMORY : { ...this.#memory, trackers: kept };
    return before.size - kept.size;
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
      const { client, live, status } = this.#parts;
      const { appVersion } = await client().connect(signal);
      const findings = diagnosePreferences(await client().preferences(signal), live.config);
      status.qbittorrentVersion = appVersion;
      status.qbittorrentFindings = findings.map(({ problem, advice }) => `${problem}: ${advice}`);
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

  async #observe(request: CycleRequest, percentage: number, signal: AbortSignal): Promise<ObserveOutcome> {
    const { held, observer, live, clock } = this.#parts;
    this.#epoch = held.epoch;
    this.#origins = request.origins;
    this.#startedAt = clock.now();
    this.#startedMonotonic = clock.monotonic();
    const settings = controlSettings(live.config, percentage);
    try {
      await this.#recall();
      const readings = await observer.observe(request, settings, signal);
      const tenSecondMeans = observer.tenSecondMeans();
      return {
        ok: true,
        planInput: { now: clock.now(), settings, readings, tenSecondMeans, memory: this.#memory },
      };
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
    const { enforcer, exclusive, held, observer, live, gate, bus, clock } = this.#parts;
    try {
      if (plan === null) throw new Error('nothing was planned');
      this.#memory = plan.memory;
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
      gate.noteCycle(summary, observer.tenSecondMeans(), live.config.rollout);
      bus.emit('cycle:finished', summary);
      if (isLinkLost(result.failure)) return this.#failed(result.failure, signal);
      return { ok: true, at, gateProblem: gate.problem(live.config.rollout) };
    } catch (error) {
      return this.#failed(error, signal);
    }
  }

  async #remember(request: RollbackRequest | null): Promise<void> {
    const { journal, bus, clock } = this.#parts;
    const { by, reason } = request ?? { by: 'unknown', reason: '' };
    bus.emit('rollback:started', { by, reason, at: clock.now() });
    try {
      await journal.beginRollback(by, reason, clock.now());
    } catch (error) {
      this.noteJournal(error);
    }
  }

  async #restore(request: RollbackRequest | null, signal: AbortSignal): Promise<RestoreOutcome> {
    const { journal, live, bus, clock } = this.#parts;
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
      this.#memory = EMPTY_MEMORY;
      if (open !== null) await this.#finishRecord(open.id, result.restored, result.missing.length);
      bus.emit('rollback:finished', {
        by: request?.by ?? open?.by ?? 'unknown',
        reason: request?.reason ?? open?.reason ?? '',
        restored: result.restored,
        missing: result.missing.length,
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

  async #finishRecord(id: string, restored: number, missing: number): Promise<void> {
    try {
      await this.#parts.journal.finishRollback(id, restored, missing, this.#parts.clock.now());
    } catch (error) {
      this.noteJournal(error);
    }
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

/** qBittorrent doesn't answer as such; an answer that only doesn't parse is no reason to log in anew. */
function isLinkLost(error: unknown): boolean {
  return error instanceof QbittorrentError && !(error instanceof UnexpectedAnswer);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
