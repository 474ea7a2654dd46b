import { type Actor, createActor } from 'xstate';
import { serviceMachine } from '../../machines/service.machine.ts';
import type { CycleOrigin } from '../../machines/service.types.ts';
import type { Config } from '../config/schema.ts';
import type { QbittorrentClient } from '../qbittorrent/client.ts';
import { CallQueue } from '../queue/call-queue.ts';
import { QueueStopped } from '../queue/errors.ts';
import { Effects } from './effects.ts';
import { Exclusive } from './exclusive.ts';
import { assertJournalOf } from './foreign-journal.ts';
import { keepHouse } from './house-keeping.ts';
import { JournalWatch } from './journal-watch.ts';
import { Enforcer } from './limits/enforcer.ts';
import { HeldLimits } from './limits/held-limits.ts';
import { Observer } from './limits/observer.ts';
import { Picture } from './limits/picture.ts';
import { recallOnce } from './limits/recall.ts';
import { Restorer } from './limits/restorer.ts';
import { LiveConfig } from './live-config.ts';
import { Measures } from './measures/measures.ts';
import { ClientGuard } from './ownership/client-guard.ts';
import { contestText } from './ownership/contest.ts';
import { Status } from './reports/status.ts';
import { type FarewellResult, Rollbacks } from './rollbacks.ts';
import { RolloutKeeper } from './rollout/rollout-keeper.ts';
import { startOf } from './rollout/rollout-standing.ts';
import { MemoryRolloutStore } from './rollout/rollout-store.ts';
import { RolloutGate } from './rollout-gate.ts';
import type { ServiceParts } from './service-parts.ts';
import { controlSettings } from './settings.ts';
import { regionState, watchStates } from './state-watch.ts';
import { Timers } from './timers.ts';
import { TrackerFleet } from './tracker-fleet.ts';
import { WebhookIntake } from './webhook-intake.ts';

/** Of the time to stop: for the marker in the client. */
const LEAVE_WITHIN_MS = 700;

/**
 * The service as a whole: its machine, and the parts that the machine's effects work with. Timers and
 * webhooks reach the machine over the bus; results come back over it.
 */
export class Service {
  readonly live: LiveConfig;
  readonly status = new Status();
  readonly held = new HeldLimits();
  readonly measures = new Measures(this);
  readonly fleet: TrackerFleet;
  readonly picture: Picture;
  readonly observer: Observer;
  readonly guard: ClientGuard;
  readonly effects: Effects;
  readonly rollbacks: Rollbacks;
  readonly journalWatch: JournalWatch;
  readonly rollout: RolloutKeeper;
  readonly intake: WebhookIntake;
  /** Monotonic ms. */
  readonly startedAt: number;
  readonly actor: Actor<typeof serviceMachine>;
  readonly #parts: ServiceParts;
  readonly #queue: CallQueue;
  readonly #gate = new RolloutGate();
  readonly #exclusive = new Exclusive();
  readonly #timers: Timers;
  readonly #unsubscribe: (() => void)[] = [];
  readonly #stopping = new AbortController();
  #client: QbittorrentClient;

  constructor(parts: ServiceParts) {
    const { config, journal, rolloutStore = new MemoryRolloutStore(), bus, clock } = parts;
    this.#parts = parts;
    this.startedAt = clock.monotonic();
    this.live = new LiveConfig(config);
    this.#client = this.#createClient(config);
    const client = () => this.#client;
    const dryRun = () => this.live.dryRun;
    const { calls_per_second: callsPerSecond, max_queued_calls: maxWaiting } = config.global;
    this.#queue = new CallQueue({ callsPerSecond, maxWaiting });
    const queue = this.#queue;
    const { held } = this;
    this.picture = new Picture({ instance: config.qbittorrent.name, client, queue, clock, held });
    this.observer = new Observer({
      picture: this.picture,
      journal,
      held,
      dryRun,
      isContested: () => this.guard.isContested,
      isRolledBack: () => this.rollbacks.remembered.ofAll !== null,
      takeDistrust: () => this.guard.takeDistrust(),
      knownLimits: () => journal,
      matcher: () => this.live.matcher,
      released: () => this.rollbacks.remembered.released,
      bus,
      clock,
    });
    this.guard = new ClientGuard({
      client,
      journal,
      held,
      isDryRun: () => this.live.dryRun !== null,
      onJournalProblem: (error) => this.journalWatch.note(error),
      clock,
    });
    const recall = recallOnce(journal, held);
    const exclusive = this.#exclusive;
    this.journalWatch = new JournalWatch({ journal, held, exclusive, status: this.status, bus, clock });
    this.effects = new Effects({
      client,
      held,
      picture: this.picture,
      guard: this.guard,
      journal,
      exclusive,
      journalWatch: this.journalWatch,
      observer: this.observer,
      enforcer: new Enforcer({ client, queue, journal, held, dryRun, bus, clock }),
      live: this.live,
      gate: this.#gate,
      rollbacks: () => this.rollbacks,
      recall,
      status: this.status,
      trackerStates: () => this.fleet.states(),
      bus,
      clock,
    });
    const onJournalProblem = (error: unknown) => this.journalWatch.note(error);
    this.rollbacks = new Rollbacks({
      journal,
      held,
      picture: this.picture,
      restorer: new Restorer({
        picture: this.picture,
        client,
        queue,
        journal,
        held,
        clock,
        onJournalProblem,
      }),
      guard: this.guard,
      exclusive: this.#exclusive,
      live: this.live,
      recall,
      isOnline: () => this.link === 'online',
      cycles: () => this.cycles,
      onAllRestored: () => this.effects.forgetAll(),
      onJournalProblem,
      stopping: this.#stopping.signal,
      bus,
      clock,
    });
    this.fleet = new TrackerFleet((id, from, to) =>
      bus.emit('state:changed', { machine: `tracker:${id}`, from, to, at: clock.now() }),
    );
    this.intake = new WebhookIntake({
      bus,
      clock,
      requestCycle: () => this.requestCycle('webhook'),
      isKnown: (hash) => this.picture.table.idOf(hash) !== undefined,
    });
    this.#timers = new Timers(bus, clock);
    this.actor = createActor(serviceMachine.provide({ actors: this.effects.actors() }), {
      id: 'service',
      ...(parts.pauses === undefined ? {} : { clock: parts.pauses }),
      input: {
        ...startOf(
          rolloutStore.left,
          config.global.rollout_percentage,
          this.rollbacks.remembered.ofAll !== null,
          this.effects.steadyNow(),
        ),
        openRollback: this.rollbacks.remembered.ofAll,
      },
    });
    this.rollout = new RolloutKeeper({
      store: rolloutStore,
      actor: this.actor,
      configuredPercentage: () => this.live.config.global.rollout_percentage,
      bus,
      clock,
    });
  }

  /** @throws ForeignJournal, before anything is begun */
  start(): void {
    const { config, journal, bus, clock } = this.#parts;
    assertJournalOf(config.qbittorrent.name, journal);
    this.held.restore(journal.originals.values(), clock.monotonic());
    this.status.start(bus, clock);
    this.fleet.configure(controlSettings(this.live.config, 100).trackers);
    this.#unsubscribe.push(
      watchStates(this.actor, bus, clock),
      this.rollout.start(),
      this.measures.start(bus, clock),
      bus.on('timer:control', () => {
        this.requestCycle('timer');
        void this.rollbacks.remembered.retry();
      }),
      bus.on('timer:reconcile', () => {
        this.requestCycle('reconcile', true);
        void keepHouse({
          journal,
          held: this.held,
          watch: this.journalWatch,
          keepChangesDays: this.live.config.rollback.keep_changes,
          nowMs: this.effects.steadyNow(),
          monotonicMs: clock.monotonic(),
        });
      }),
      bus.on('state:changed', ({ machine, to }) => {
        if (machine === 'cycle' && to === 'idle') this.#restoreStragglers();
      }),
      bus.on('cycle:finished', ({ trackers }) => {
        this.fleet.observe(trackers, this.live.config.global.borrow_threshold_ratio);
        void this.rollbacks.settleParts();
      }),
    );
    this.intake.start();
    this.actor.start();
    this.#timers.start(this.live.config.global);
  }

  /**
   * Begins nothing new and lets what is under way end. Limits stay as they are.
   * @param restoreWithinMs gives torrents their own limits back first, as far as there is time; the answer says
   *   what came of it
   */
  async stop(restoreWithinMs: number | null = null): Promise<FarewellResult | null> {
    this.#timers.stop();
    this.intake.stop();
    const { link } = this;
    const { contest } = this.actor.getSnapshot().context;
    this.actor.stop();
    const obstacle =
      contest !== null ? contest.problem : link === 'online' ? null : 'qBittorrent does not answer';
    const farewell =
      restoreWithinMs === null ? null : await this.rollbacks.bidFarewell(restoreWithinMs, obstacle);
    if (link === 'online' || link === 'contested')
      await this.guard.leave(AbortSignal.timeout(LEAVE_WITHIN_MS));
    this.#stopping.abort(new QueueStopped());
    await this.#queue.stop();
    await this.#exclusive.idle();
    await this.rollout.settled();
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    this.fleet.stop();
    this.status.stop();
    this.#client.close();
    return farewell;
  }

  /** Runs a task while nothing else reads or writes limits. */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    return this.#exclusive.run(task);
  }

  get lifecycle(): string {
    return regionState(this.actor, 'service');
  }

  get link(): string {
    return regionState(this.actor, 'link');
  }

  /** Why nothing can be read from the client, or nothing may be written to it; null while both can. */
  get linkProblem(): string | null {
    const { contest, linkProblem } = this.actor.getSnapshot().context;
    return contest === null ? linkProblem : contestText(contest);
  }

  get cycle(): string {
    return regionState(this.actor, 'cycle');
  }

  /** How many cycles have come so far as to apply; the number of the latest. */
  get cycles(): number {
    return this.actor.getSnapshot().context.cycles;
  }

  get percentage(): number {
    return this.actor.getSnapshot().context.percentage;
  }

  get queuedCalls(): number {
    return this.#queue.waiting;
  }

  requestCycle(origin: CycleOrigin, full = false): void {
    this.actor.send({ type: 'CYCLE', origins: [origin], full });
  }

  /** Puts a new config in force, all of it that can be without a restart, from the next cycle on. */
  reconfigure(config: Config): void {
    // A reload that was under way when the service stopped must not start its timers again.
    if (this.actor.getSnapshot().status === 'stopped') return;
    const before = this.live.config;
    const isOther = JSON.stringify(before.qbittorrent) !== JSON.stringify(config.qbittorrent);
    // A dry run claims no client, and judges none of the limits that it finds.
    const mayWriteNow = before.global.dry_run && !config.global.dry_run;
    // Credentials once refused may have been put right in qBittorrent itself.
    const reconnects = isOther || mayWriteNow || this.link === 'offline.refused';
    // First what may throw (an unreadable CA file): then nothing of the new config is in force.
    const client = reconnects ? this.#createClient(config) : null;
    this.live.replace(config);
    this.fleet.configure(controlSettings(config, 100).trackers);
    this.#queue.setRate(config.global.calls_per_second);
    this.#timers.start(config.global);
    if (client !== null) {
      // A cycle that looked by the client before must not write by this one.
      this.held.beginEpoch();
      this.#client.close();
      this.#client = client;
      this.actor.send({ type: 'RECONNECT' });
    }
    if (before.global.rollout_percentage !== config.global.rollout_percentage) {
      this.actor.send({ type: 'SET_PERCENTAGE', percentage: config.global.rollout_percentage });
    }
    this.requestCycle('reload');
  }

  #createClient(config: Config): QbittorrentClient {
    const { createClient, bus, clock } = this.#parts;
    return createClient(config, {
      onCall: ({ endpoint, ok, ms }) => {
        this.#gate.noteCall(ok, ms);
        bus.emit('call:finished', { endpoint, ok, durationMs: ms, at: clock.now() });
      },
      onRepeat: (reason) => bus.emit('call:repeated', { reason, at: clock.now() }),
      writesAllowed: () => this.live.dryRun === null,
    });
  }

  /** Torrents that were missing during a rollback and have come back get their own limits then. */
  #restoreStragglers(): void {
    if (this.lifecycle !== 'rolledBack' || this.live.dryRun !== null || !this.rollbacks.haveComeBack())
      return;
    this.actor.send({
      type: 'ROLLBACK',
      by: 'qguardarr',
      reason: 'torrents that the rollback had not reached',
    });
  }
}
