import { fromPromise } from 'xstate';
import type { serviceMachine } from '../../machines/service.machine.ts';
import type {
  ApplyInput,
  ApplyOutcome,
  ConnectInput,
  ConnectOutcome,
  Contest,
  CycleRequest,
  KeepMarkerInput,
  ObserveOutcome,
  PlanOutcome,
  RestoreOutcome,
  RollbackRequest,
} from '../../machines/service.types.ts';
import type { Bus } from '../bus.ts';
import type { Config } from '../config/schema.ts';
import { planInSteps } from '../control/plan.ts';
import type { Torrent } from '../control/torrent.ts';
import type { PlanInput } from '../control/types.ts';
import { UNLIMITED } from '../control/units.ts';
import { JournalError } from '../journal/errors.ts';
import type { Journal } from '../journal/records.ts';
import type { QbittorrentClient } from '../qbittorrent/client.ts';
import { AddressBanned, CredentialsRefused } from '../qbittorrent/errors.ts';
import { breathe, inBreaths } from './breathe.ts';
import { type Clock, steadyTime } from './clock.ts';
import type { Exclusive } from './exclusive.ts';
import { isLinkLost, messageOf } from './failures.ts';
import type { JournalWatch } from './journal-watch.ts';
import type { Enforcer } from './limits/enforcer.ts';
import type { HeldLimits } from './limits/held-limits.ts';
import type { Observer } from './limits/observer.ts';
import type { Picture } from './limits/picture.ts';
import type { Observation } from './limits/readings.ts';
import type { LiveConfig } from './live-config.ts';
import type { ClientGuard } from './ownership/client-guard.ts';
import { findUnknownLimits, type ShownLimit } from './ownership/unknown-limits.ts';
import { PlanMemory } from './plan-memory.ts';
import { diagnoseMarker, diagnosePreferences, findingText } from './reports/diagnosis.ts';
import type { Status } from './reports/status.ts';
import type { Rollbacks } from './rollbacks.ts';
import type { RolloutGate } from './rollout-gate.ts';
import { controlSettings } from './settings.ts';

/** A ban lasts an hour and every attempt may prolong it. */
const RETRY_BANNED_MS = 15 * 60_000;

export interface EffectsParts {
  readonly client: () => QbittorrentClient;
  readonly picture: Picture;
  readonly observer: Observer;
  readonly enforcer: Enforcer;
  readonly held: HeldLimits;
  readonly guard: ClientGuard;
  readonly journal: Journal;
  readonly exclusive: Exclusive;
  readonly journalWatch: JournalWatch;
  readonly live: LiveConfig;
  readonly gate: RolloutGate;
  readonly rollbacks: () => Rollbacks;
  /** To be awaited before anything that qBittorrent shows is judged. */
  readonly recall: () => Promise<void>;
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
  /** What plans and rollout deadlines go by, Unix ms. */
  readonly steadyNow: () => number;
  #percentage = 0;
  #origins: CycleRequest['origins'] = [];
  #startedAt = 0;
  #startedMonotonic = 0;
  #observedMonotonic = 0;
  #epoch = 0;
  #config: Config | null = null;

  constructor(parts: EffectsParts) {
    this.#parts = parts;
    this.steadyNow = steadyTime(parts.clock);
  }

  /** The machine's actors, to be given to `serviceMachine.provide`. */
  actors(): NonNullable<Parameters<typeof serviceMachine.provide>[0]['actors']> {
    const { rollbacks } = this.#parts;
    return {
      connect: fromPromise<ConnectOutcome, ConnectInput>(({ input, signal }) => this.#connect(input, signal)),
      observe: fromPromise<ObserveOutcome, CycleRequest & { readonly percentage: number }>(
        ({ input, signal }) => this.#observe(input, input.percentage, signal),
      ),
      plan: fromPromise<PlanOutcome, PlanInput | null>(({ input, signal }) => this.#plan(input, signal)),
      apply: fromPromise<ApplyOutcome, ApplyInput>(({ input, signal }) => this.#apply(input, signal)),
      remember: fromPromise<void, RollbackRequest | null>(async ({ input }) => rollbacks().remember(input)),
      restore: fromPromise<RestoreOutcome, RollbackRequest | null>(({ input, signal }) =>
        rollbacks().restore(input, signal),
      ),
      keepMarker: fromPromise<Contest | null, KeepMarkerInput>(({ input, signal }) =>
        this.#parts.guard.keepMarker(input.isContested, signal),
      ),
    };
  }

  /** The plan's inputs as of now, for a preview. */
  planInput(percentage: number): PlanInput {
    const { observer, live } = this.#parts;
    const settings = controlSettings(live.config, percentage);
    return this.#inputOf(settings, observer.look(settings), this.#memory.current);
  }

  #inputOf(
    settings: PlanInput['settings'],
    seen: Pick<Observation, 'readings' | 'dormant' | 'crowds'>,
    memory: PlanInput['memory'],
  ): PlanInput {
    const { observer, trackerStates } = this.#parts;
    const { clientLimitBps } = observer;
    const tenSecondMeans = observer.tenSecondMeans();
    const now = this.steadyNow();
    return { ...seen, now, settings, memory, clientLimitBps, tenSecondMeans, trackerStates: trackerStates() };
  }

  /** Torrents whose limits Qguardarr may have written, and whose originals are not known. */
  unknownLimits(): readonly ShownLimit[] {
    const { observer, picture, live, journal, guard } = this.#parts;
    const { trackers } = controlSettings(live.config, 100);
    const capped = new Set(trackers.filter(({ capBps }) => capBps !== UNLIMITED).map(({ id }) => id));
    const isCapped = (torrent: Torrent) => capped.has(observer.trackerOf(torrent) ?? '');
    return findUnknownLimits(picture.torrents(), journal, guard.knewNothing ? isCapped : null);
  }

  /** Forgets all that cycles have learnt. */
  forgetAll(): void {
    this.#memory.forgetAll();
  }

  /** Forgets trims and demand estimates of one tracker, or of all. Returns how many trackers had any. */
  forgetMemory(trackerId: string | null): number {
    const before = this.#memory.current.trackers.size;
    if (trackerId === null) this.#memory.forgetAll();
    else this.#memory.forgetTracker(trackerId);
    return before - this.#memory.current.trackers.size;
  }

  async #connect({ takesOwnership }: ConnectInput, signal: AbortSignal): Promise<ConnectOutcome> {
    try {
      const { client, status, held, guard } = this.#parts;
      const { appVersion, keepsClientData } = await client().connect(signal);
      status.qbittorrentVersion = appVersion;
      // Whatever ended the connection before, the client may have restarted since.
      held.noteClientRestart();
      const contest = await guard.claim(keepsClientData, takesOwnership, signal);
      await this.#diagnose(signal);
      return { ok: true, contest };
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
    const { client, guard, status } = this.#parts;
    const preferences = await client().preferences(signal);
    const findings = [...diagnosePreferences(preferences), ...diagnoseMarker(guard.markerRefusal)];
    status.qbittorrentFindings = findings.map(findingText);
  }

  async #observe(request: CycleRequest, percentage: number, signal: AbortSignal): Promise<ObserveOutcome> {
    const { held, observer, live, recall, guard, clock } = this.#parts;
    this.#epoch = held.epoch;
    this.#config = live.config;
    this.#origins = request.origins;
    this.#percentage = percentage;
    this.#startedAt = clock.now();
    this.#startedMonotonic = clock.monotonic();
    const settings = controlSettings(live.config, percentage);
    try {
      await this.#parts.journalWatch.mend();
      await recall();
      await guard.check(signal);
      const { foreign, ...seen } = await observer.observe(request, settings, signal);
      // It takes a look at each torrent, so only where the answer decides something.
      const unknown = guard.knewNothing && guard.asksForUnknown ? this.unknownLimits() : seen.unknownLimits;
      const { size } = this.#parts.picture.table;
      const contest = await guard.judge(foreign, { unknown: unknown.length, torrents: size }, signal);
      if (request.origins.includes('reconcile')) await this.#diagnose(signal);
      this.#observedMonotonic = clock.monotonic();
      return { ok: true, planInput: this.#inputOf(settings, seen, this.#memory.look()), contest };
    } catch (error) {
      return this.#failed(error, signal);
    }
  }

  async #plan(input: PlanInput | null, signal: AbortSignal): Promise<PlanOutcome> {
    try {
      await breathe(signal);
      if (input === null) throw new Error('nothing was observed');
      return { ok: true, plan: await inBreaths(planInSteps(input), signal) };
    } catch (error) {
      return this.#failed(error, signal);
    }
  }

  async #apply({ plan, cycle, gates }: ApplyInput, signal: AbortSignal): Promise<ApplyOutcome> {
    const { enforcer, exclusive, held, guard, live, gate, bus, clock } = this.#parts;
    const plannedMonotonic = clock.monotonic();
    try {
      if (plan === null) throw new Error('nothing was planned');
      this.#memory.keep(plan.memory);
      const result = await exclusive.run(async () => {
        await guard.assertMayWrite(signal);
        if (held.epoch !== this.#epoch) throw new Error('limits were restored since this cycle read them');
        if (live.config !== this.#config)
          throw new Error('the config changed since this cycle read the client');
        return await enforcer.apply(plan, cycle, signal);
      });
      signal.throwIfAborted();
      const summary = {
        cycle,
        origins: this.#origins,
        startedAt: this.#startedAt,
        at: clock.now(),
        durationMs: clock.monotonic() - this.#startedMonotonic,
        observingMs: this.#observedMonotonic - this.#startedMonotonic,
        planningMs: plannedMonotonic - this.#observedMonotonic,
        applyingMs: clock.monotonic() - plannedMonotonic,
        considered: plan.considered,
        managed: plan.managed,
        changed: result.changed,
        calls: result.calls + 1,
        failedCalls: result.failedCalls,
        deferred: plan.deferred,
        dryRun: live.dryRun !== null,
        trackers: plan.trackers,
      };
      if (gates !== null) gate.noteCycle(plan.trackers, this.#percentage, gates);
      bus.emit('cycle:finished', summary);
      if (isLinkLost(result.failure)) return this.#failed(result.failure, signal);
      return {
        ok: true,
        at: this.steadyNow(),
        gateProblem: gates === null ? null : gate.problem(gates),
      };
    } catch (error) {
      return this.#failed(error, signal);
    }
  }

  #failed(
    error: unknown,
    signal: AbortSignal,
  ): { readonly ok: false; readonly problem: string; readonly linkLost: boolean } {
    const { journalWatch, bus, clock } = this.#parts;
    if (error instanceof JournalError) journalWatch.note(error);
    const brokenOff = signal.aborted;
    const problem = brokenOff ? 'broken off by a rollback, a lost connection or a stop' : messageOf(error);
    bus.emit('cycle:failed', { problem, at: clock.now() });
    return { ok: false, problem, linkLost: !brokenOff && isLinkLost(error) };
  }
}
