/** One cycle after the other, as the service runs them: observe, plan, tell the machines, write. */
import { plan } from '../../src/control/plan.ts';
import { RateMeter } from '../../src/control/rate-meter.ts';
import { inRollout } from '../../src/control/rollout.ts';
import { StatsClock } from '../../src/control/stats-clock.ts';
import { sum } from '../../src/control/sum.ts';
import { TrackerMeans } from '../../src/control/tracker-means.ts';
import {
  type ControlMemory,
  type ControlSettings,
  EMPTY_MEMORY,
  type LimitCall,
  type Plan,
  type TorrentReading,
} from '../../src/control/types.ts';
import { exactToWire, limitFromWire, UNLIMITED } from '../../src/control/units.ts';
import { limitInForce } from '../../src/service/limits/held-limit.ts';
import { HeldLimits } from '../../src/service/limits/held-limits.ts';
import { TrackerFleet } from '../../src/service/tracker-fleet.ts';
import type { Swarm } from '../../src/simulator/swarm.ts';
import type { TracedLimit } from './trace.ts';

const REFRESH_MS = 1_500;

export interface SimulatedMember {
  readonly hash: string;
  readonly tracker: string;
}

export class SimulatedCycle {
  /** One for each call that set limits. */
  readonly limits: TracedLimit[];
  mostGranted = 0;
  lastPlan: Plan | null = null;
  readonly #swarm: Swarm;
  readonly #members: readonly SimulatedMember[];
  readonly #meter = new RateMeter();
  readonly #counters = new Map<string, number>();
  readonly #clock = new StatsClock();
  readonly #held = new HeldLimits();
  readonly #means = new TrackerMeans();
  readonly #fleet = new TrackerFleet(() => undefined);
  #memory: ControlMemory = EMPTY_MEMORY;

  /** @param limits what was written before, by a run that ended */
  constructor(swarm: Swarm, members: readonly SimulatedMember[], limits: TracedLimit[] = []) {
    this.#swarm = swarm;
    this.#members = members;
    this.limits = limits;
  }

  /** As after a restart: it knows the originals and the last writes, and has measured nothing. */
  restarted(at: number): SimulatedCycle {
    this.stop();
    const next = new SimulatedCycle(this.#swarm, this.#members, this.limits);
    const originals = [...this.#held.values()].map((held) => ({
      key: held.key,
      trackerId: held.trackerId ?? '',
      originalWire: held.ownWire,
      beforeLastWire: null,
      lastWire: held.wire,
      firstSeenAt: held.since,
    }));
    next.#held.restore(originals as Parameters<HeldLimits['restore']>[0], at);
    return next;
  }

  run(at: number, settings: ControlSettings): void {
    this.#fleet.configure(settings.trackers);
    const { torrents = {}, server_state: server = {} } = this.#swarm.picture.full();
    const instant = this.#clock.read({
      at,
      refreshIntervalMs: REFRESH_MS,
      sessionBytes: Number(server.up_info_data),
      sessionSpeedBps: Number(server.up_info_speed),
    });
    this.#meter.begin(instant);
    for (const { hash } of this.#members) {
      const bytes = Number(torrents[hash]?.uploaded_session ?? 0);
      const before = this.#counters.get(hash) ?? null;
      this.#counters.set(hash, bytes);
      if (bytes !== before) this.#meter.sample(hash, before, bytes);
    }
    const readings = this.#members.map((member) =>
      this.#reading(member, torrents[member.hash] ?? {}, at, settings),
    );
    this.#means.add(settings.trackers, readings, instant);
    const planned = plan({
      now: at,
      settings,
      readings,
      clientLimitBps: limitFromWire(Number(server.up_rate_limit)),
      dormant: new Map(),
      crowds: new Map(),
      tenSecondMeans: this.#means.current(),
      trackerStates: this.#fleet.states(),
      memory: this.#memory,
    });
    this.#memory = planned.memory;
    this.lastPlan = planned;
    for (const call of planned.calls) this.#write(call, at);
    this.#fleet.observe(planned.trackers, settings.soft.borrowThresholdRatio);
    this.#noteGranted(planned);
  }

  stop(): void {
    this.#fleet.stop();
  }

  #write(call: LimitCall, at: number): void {
    const indexes = new Map(this.#members.map(({ hash }, index) => [hash, index]));
    const torrents = call.changes.flatMap(({ key }) => indexes.get(key) ?? []);
    this.limits.push({ atMs: at, torrents, limitBps: call.toWire });
    for (const { key, trackerId, fromBps, binds } of call.changes) {
      this.#held.intend(key, trackerId, exactToWire(fromBps), call.toWire, at);
      this.#held.written(key, call.toWire, at, binds);
      if (call.kind === 'release') this.#held.release(key);
    }
    this.#swarm.setUploadLimit(
      call.changes.map(({ key }) => key),
      call.toWire,
      at,
    );
  }

  #noteGranted({ trackers, memory }: Plan): void {
    const capped = trackers.filter(({ capBps }) => capBps !== UNLIMITED);
    const caps = sum(capped, ({ capBps }) => capBps);
    const granted = sum(capped, ({ id, capBps }) => {
      const loan = memory.trackers.get(id)?.loan;
      return loan ? loan.grantedBps + loan.returningBps : capBps;
    });
    if (caps > 0) this.mostGranted = Math.max(this.mostGranted, granted / caps);
  }

  #reading(
    { hash, tracker }: SimulatedMember,
    fields: Readonly<Record<string, unknown>>,
    at: number,
    settings: ControlSettings,
  ): TorrentReading {
    const shownBps = limitFromWire(Number(fields.up_limit ?? 0));
    const sight = this.#held.see({ key: hash, uploadLimitBps: shownBps }, at, at - REFRESH_MS - 200);
    const held = sight.kind === 'ours' ? this.#held.get(hash) : undefined;
    return {
      key: hash,
      trackerId: tracker,
      limitBps: held === undefined ? shownBps : limitInForce(held, shownBps),
      ownLimitBps: held === undefined ? shownBps : limitFromWire(held.ownWire),
      held: held !== undefined,
      inRollout: inRollout(hash, settings.rolloutPercentage),
      announces: !String(fields.state).startsWith('stopped'),
      leechersConnected: Number(fields.num_leechs ?? 0),
      leechersKnown: Number(fields.num_incomplete ?? 0),
      lastActivityAt: at,
      addedAt: 0,
      usage: this.#meter.usage(hash, held?.tookEffectAt ?? null, Number(fields.upspeed ?? 0)),
    };
  }
}
