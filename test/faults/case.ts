/** One fault, at one place, at one moment: what came of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, systemClock } from '../../src/service/clock.ts';
import { Simulator } from '../../src/simulator/simulator.ts';
import { FaultyProxy, type Injury } from '../support/faulty-proxy.ts';
import { Rig, type RigOptions } from '../support/service-rig.ts';
import { type Fault, isStruck, type Moment, type Place, type World } from './faults.ts';
import { Surroundings } from './surroundings.ts';
import { CAPS, hostOf, isWithinCap, OTHER_TORRENTS, TORRENTS } from './swarm.ts';
import { Watch } from './watch.ts';

/** A fault lasts until /health has told of it, and at least so long. */
const FAULT_AT_LEAST_MS = 1_200;
const PATIENCE_MS = 30_000;
/** Back-off and the rest after a ban pass five times as fast, and none takes longer than this. */
const LONGEST_PAUSE_MS = 1_500;

export interface Case {
  readonly fault: Fault;
  readonly place: Place;
  readonly moment: Moment;
}

/** What went wrong; empty when it survived. */
export async function play({ fault, place, moment }: Case): Promise<readonly string[]> {
  const time = jumpingClock();
  let violations: readonly string[] = [];
  const folder = await mkdtemp(path.join(tmpdir(), 'faults-'));
  const dry_run_store_path = path.join(folder, 'dry-run.json');
  const global = { control_interval: 0.5, dry_run_store_path, ...fault.global };
  const options = {
    caps: CAPS,
    torrents: TORRENTS,
    global,
    clock: time.clock,
    pauses: HURRIED,
    wantsLogin: true,
    stopped: true,
    ...(fault.version === undefined ? {} : { version: fault.version }),
  };
  await Rig.with(options, async (rig) => {
    const stage = await Stage.set(rig, options, time.jump);
    try {
      await stage.run(fault, place, moment);
    } catch (error) {
      stage.watch.violations.add(error instanceof Error ? error.message : String(error));
    } finally {
      await stage.clear();
      violations = [...stage.watch.violations];
    }
  });
  await rm(folder, { recursive: true, force: true });
  return violations;
}

const HURRIED = {
  setTimeout: (then: () => void, ms: number) => setTimeout(then, Math.min(LONGEST_PAUSE_MS, ms / 5)),
  clearTimeout: (timer: NodeJS.Timeout) => clearTimeout(timer),
};

function jumpingClock(): { readonly clock: Clock; readonly jump: (ms: number) => void } {
  let aheadMs = 0;
  return {
    clock: { ...systemClock, now: () => Date.now() + aheadMs },
    jump: (ms) => {
      aheadMs += ms;
    },
  };
}

class Stage {
  readonly watch: Watch;
  readonly #rig: Rig;
  readonly #proxy: FaultyProxy;
  readonly #others: Simulator;
  readonly #surroundings: Surroundings;
  readonly #world: World;
  #othersPort = 0;
  /** What is no call is struck once. */
  #isStruck = false;

  private constructor(rig: Rig, options: RigOptions, jumpClock: World['jumpClock']) {
    this.#rig = rig;
    this.#proxy = new FaultyProxy(rig.port);
    const swarm = { seed: 9, torrents: OTHER_TORRENTS, linkBps: 1_000_000, refreshIntervalMs: 200 };
    this.#others = new Simulator({ swarm });
    this.watch = new Watch(rig, [rig.simulator, this.#others]);
    this.#surroundings = new Surroundings(rig, options, this.#proxy);
    this.#proxy.onLimitWrite = (write) => {
      this.watch.onLimitWrite(write);
      this.#surroundings.note(write);
    };
    const { killClient, setAll, keepSettingAll, startSecondController, switchDryRun } = this.#surroundings;
    this.#world = {
      killClient,
      setAll,
      keepSettingAll,
      startSecondController,
      switchDryRun,
      jumpClock,
      endSessions: () => rig.simulator.endSessions(),
      swapTorrents: () => {
        this.#proxy.targetPort = this.#othersPort;
      },
    };
  }

  static async set(rig: Rig, options: RigOptions, jumpClock: World['jumpClock']): Promise<Stage> {
    const stage = new Stage(rig, options, jumpClock);
    stage.#othersPort = (await stage.#others.start()).port;
    await stage.#proxy.start();
    rig.configureQbittorrent({ port: stage.#proxy.port, timeout: 1 });
    return stage;
  }

  async clear(): Promise<void> {
    this.watch.stop();
    await this.#surroundings.end();
    await this.#proxy.stop();
    await this.#others.stop();
  }

  async run(fault: Fault, place: Place, moment: Moment): Promise<void> {
    const rig = this.#rig;
    let caps = CAPS;
    if (moment === 'first start') {
      await this.#inject(fault, place);
      await rig.startService();
      this.watch.start();
    } else {
      await rig.startService();
      this.watch.start();
      await this.#untilSteady(caps, 'before the fault');
      this.watch.limitsAreSet();
      if (moment !== 'rollback') {
        // Something to write.
        caps = Object.fromEntries(Object.entries(CAPS).map(([host, cap]) => [host, cap / 2]));
        rig.configure({}, caps);
        this.#surroundings.caps = caps;
      }
      if (moment === 'restart') await rig.service.stop();
      this.watch.mustBeWell = fault.health === 'well';
      await this.#inject(fault, place);
      if (moment === 'restart') await rig.startService();
      if (moment === 'steady' || moment === 'cycle, then rollback') await rig.operations.reloadConfig();
      if (moment === 'cycle, then rollback') await this.#untilStruck(fault, place);
      if (endsRolledBack(moment)) this.#beginRollback();
    }
    await this.#whileFaulty(fault, place, moment);
    this.watch.mustBeWell = false;
    this.watch.isBlind = () => false;
    this.#proxy.targetPort = rig.port;
    await this.#proxy.mend();
    await fault.ends?.(this.#world);
    await this.#surroundings.end();
    if (!endsRolledBack(moment)) {
      await this.#untilSteady(caps, 'after the fault');
      this.watch.isTampered = false;
      this.#beginRollback();
    }
    await this.#untilRestored();
  }

  async #inject(fault: Fault, place: Place): Promise<void> {
    if (isNoCall(place)) return;
    const injury = injuryOf(fault, this.#world);
    await this.#proxy.inject({
      injury,
      strikes: ({ kind }) =>
        isStruck(fault, place, kind) && !(fault.once === true && this.#proxy.strikes > 0),
    });
    const losesAll = place === 'reads' && fault.health === 'unhealthy' && losesReads(injury);
    // A cycle that read before may write yet.
    this.watch.isBlind = () => losesAll && this.#proxy.strikes > 0;
  }

  async #untilStruck(fault: Fault, place: Place): Promise<void> {
    if (!isNoCall(place)) return await this.#eventually('the fault strikes', () => this.#proxy.strikes > 0);
    if (this.#isStruck) return;
    this.#isStruck = true;
    this.watch.isTampered = fault.tampers === true;
    this.watch.alsoOwn = fault.alsoOwn ?? null;
    const injury = injuryOf(fault, this.#world);
    if (injury.kind === 'after') await injury.happens();
    this.watch.look();
  }

  #beginRollback(): void {
    this.watch.restoringBegins();
    // Its answer is not what counts, and comes late when qBittorrent does.
    this.#rig.operations.rollback({ by: 'matrix', reason: 'the end' }).catch((error: unknown) => {
      this.watch.violations.add(`the rollback was refused: ${error}`);
    });
  }

  async #whileFaulty(fault: Fault, place: Place, moment: Moment): Promise<void> {
    const rig = this.#rig;
    await this.#untilStruck(fault, place);
    await sleep(FAULT_AT_LEAST_MS);
    if (fault.health === 'unhealthy') {
      await this.#eventually('/health says 503, with a reason', () => {
        const { status, problems } = rig.operations.health();
        return (status === 'unhealthy' || status === 'starting') && problems.length > 0;
      });
    } else if (fault.health === 'told' && moment !== 'first start') {
      await this.#eventually('/health tells of it', () => rig.operations.health().problems.length > 0);
    }
  }

  async #untilSteady(caps: Readonly<Record<string, number>>, when: string): Promise<void> {
    const rig = this.#rig;
    const torrents = () => [...rig.simulator.swarm.torrents.values()];
    await this.#eventually(`limits are within the caps ${when}`, () =>
      torrents().every(({ spec, limit }) =>
        this.watch.ownLimits(spec).some((own) => isWithinCap(spec, own, limit.wire, caps[hostOf(spec)])),
      ),
    );
    await this.#eventually(`steady ${when}`, () => rig.service.lifecycle === 'steady');
    await this.#eventually(`healthy ${when}`, () => rig.operations.health().status === 'healthy');
  }

  /** Both qBittorrents: what was held in the other one is given back when it answers again. */
  async #untilRestored(): Promise<void> {
    const rig = this.#rig;
    const hasItsOwn = (simulator: Simulator) =>
      [...simulator.swarm.torrents.values()].every(({ spec, limit }) =>
        this.watch.ownLimits(spec).includes(limit.wire),
      );
    await this.#eventually('rolled back', () => rig.service.lifecycle === 'rolledBack');
    await this.#eventually('every torrent has exactly its own limit', () => hasItsOwn(rig.simulator));
    if (!hasItsOwn(this.#others)) this.#proxy.targetPort = this.#othersPort;
    await this.#eventually('the other torrents have their own limits', () => hasItsOwn(this.#others));
    await this.#eventually('no original is left', () => rig.journal.originals.size === 0);
    this.#proxy.targetPort = rig.port;
    await this.#eventually('/health is 200', () => rig.operations.health().status === 'degraded');
    // Nothing that was held back or planned before comes after.
    await sleep(700);
    if (!hasItsOwn(rig.simulator)) throw new Error('a limit was set after the rollback');
  }

  async #eventually(what: string, holds: () => boolean): Promise<void> {
    const until = performance.now() + PATIENCE_MS;
    while (!holds()) {
      await this.#surroundings.decide();
      if (performance.now() > until) {
        const { status, problems, service, link } = this.#rig.operations.health();
        throw new Error(
          `not within ${PATIENCE_MS / 1000} s: ${what} (${service}, ${link}, ${status}: ${problems.join('; ')})`,
        );
      }
      await sleep(50);
    }
  }
}

function injuryOf({ injury }: Fault, world: World): Injury {
  return typeof injury === 'function' ? injury(world) : injury;
}

function endsRolledBack(moment: Moment): boolean {
  return moment === 'rollback' || moment === 'cycle, then rollback';
}

function isNoCall(place: Place): boolean {
  return place !== 'reads' && place !== 'writes';
}

/** Nothing that is read while it lasts is right. */
function losesReads({ kind }: Injury): boolean {
  return kind !== 'slow' && kind !== 'after';
}
