/**
 * The control core against the simulated swarm on a simulated clock: a minute of swarm in some ten
 * milliseconds, without HTTP, queue or journal. What it measures is the truth of the swarm, not what the
 * core believes.
 */
import { plan } from '../../src/control/plan.ts';
import { RateMeter } from '../../src/control/rate-meter.ts';
import { inRollout } from '../../src/control/rollout.ts';
import { StatsClock } from '../../src/control/stats-clock.ts';
import type { ControlMemory, ControlSettings, TorrentReading } from '../../src/control/types.ts';
import { EMPTY_MEMORY } from '../../src/control/types.ts';
import { KIB, limitFromWire, UNLIMITED } from '../../src/control/units.ts';
import { WindowMean } from '../../src/control/window-mean.ts';
import { HeldLimits, limitInForce } from '../../src/service/limits/held-limits.ts';
import type { DemandProgram } from '../../src/simulator/demand.ts';
import { Swarm } from '../../src/simulator/swarm.ts';
import { SETTINGS } from './readings.ts';

export interface LoopTorrent {
  readonly tracker: string;
  readonly demand: DemandProgram;
  /** The user's own limit, B/s; default none. */
  readonly ownLimitBps?: number;
}

export interface LoopProgram {
  readonly caps: Readonly<Record<string, number>>;
  readonly torrents: readonly LoopTorrent[];
  readonly seconds: number;
  readonly linkBps?: number;
  readonly seed?: number;
  readonly settings?: Partial<ControlSettings>;
  /** Called before each cycle, to change things while it runs. */
  readonly meanwhile?: (second: number, swarm: Swarm) => Partial<ControlSettings> | undefined;
}

export interface LoopTracker {
  /** Bytes moved in each half second. */
  readonly halves: readonly number[];
  meanBps(fromSecond: number): number;
  /** Means of all windows of that length that begin after `fromSecond`, B/s, ascending. */
  windows(seconds: number, fromSecond: number): number[];
}

export interface LoopResult {
  readonly trackers: ReadonlyMap<string, LoopTracker>;
  readonly writes: number;
  readonly swarm: Swarm;
  readonly hashes: readonly string[];
  /** Mean rate of one torrent between two seconds, B/s. */
  rateOf(index: number, fromSecond: number, toSecond: number): number;
}

const POLL_MS = 2_000;
/** Cycles run at some moment between two refreshes, as they do in life. */
const POLL_OFFSET_MS = 700;
const STEP_MS = 500;

export function settingsFor(program: Pick<LoopProgram, 'caps' | 'settings'>): ControlSettings {
  return {
    ...SETTINGS,
    trackers: Object.entries(program.caps).map(([id, capBps]) => ({ id, capBps, priority: 1 })),
    ...program.settings,
  };
}

export function runLoop(program: LoopProgram): LoopResult {
  const swarm = new Swarm({
    seed: program.seed ?? 1,
    linkBps: program.linkBps ?? 50 * KIB * KIB,
    limitsShown: 'at-once',
    torrents: program.torrents.map((torrent, index) => ({
      name: `torrent ${index}`,
      trackers: [`https://${torrent.tracker}/announce`],
      demand: torrent.demand,
    })),
  });
  const hashes = [...swarm.torrents.keys()];
  program.torrents.forEach((torrent, index) => {
    const hash = hashes[index];
    if (torrent.ownLimitBps !== undefined && hash !== undefined)
      swarm.setUploadLimit([hash], torrent.ownLimitBps, 0);
  });
  const cycle = new Cycle(swarm, program, hashes);
  const halves = new Map(Object.keys(program.caps).map((id): [string, number[]] => [id, []]));
  const perTorrent: number[][] = hashes.map(() => []);
  let before = new Map<string, number>();
  for (let now = 0; now < program.seconds * 1000; now += STEP_MS) {
    for (let at = now; at < now + STEP_MS; at += 100) {
      swarm.advance(at);
      if (at >= POLL_OFFSET_MS && (at - POLL_OFFSET_MS) % POLL_MS === 0) cycle.run(at);
    }
    swarm.advance(now + STEP_MS);
    const after = swarm.uploadedByTracker();
    for (const [id, list] of halves) list.push((after.get(id) ?? 0) - (before.get(id) ?? 0));
    before = after;
    for (const [index, hash] of hashes.entries())
      perTorrent[index]?.push(swarm.torrents.get(hash)?.movedBytes ?? 0);
  }
  return {
    swarm,
    hashes,
    writes: cycle.writes,
    trackers: new Map([...halves].map(([id, list]) => [id, trackerTruth(list)])),
    rateOf: (index, from, to) => {
      const moved = perTorrent[index] ?? [];
      return ((moved[to * 2 - 1] ?? 0) - (moved[from * 2 - 1] ?? 0)) / (to - from);
    },
  };
}

class Cycle {
  writes = 0;
  readonly #swarm: Swarm;
  readonly #program: LoopProgram;
  readonly #hashes: readonly string[];
  readonly #meter = new RateMeter();
  readonly #clock = new StatsClock();
  readonly #held = new HeldLimits();
  readonly #means = new Map<string, WindowMean>();
  #memory: ControlMemory = EMPTY_MEMORY;
  #settings: ControlSettings;

  constructor(swarm: Swarm, program: LoopProgram, hashes: readonly string[]) {
    this.#swarm = swarm;
    this.#program = program;
    this.#hashes = hashes;
    this.#settings = settingsFor(program);
  }

  run(at: number): void {
    this.#settings = { ...this.#settings, ...this.#program.meanwhile?.(at / 1000, this.#swarm) };
    const { torrents = {}, server_state: server = {} } = this.#swarm.picture.full();
    const instant = this.#clock.read({
      at,
      refreshIntervalMs: 1_500,
      sessionBytes: Number(server.up_info_data),
      sessionSpeedBps: Number(server.up_info_speed),
    });
    this.#meter.begin(instant);
    for (const hash of this.#hashes) this.#meter.sample(hash, Number(torrents[hash]?.uploaded_session ?? 0));
    const readings = this.#hashes.map((hash, index) => this.#reading(hash, index, torrents[hash] ?? {}, at));
    this.#measure(readings, instant);
    const planned = plan({
      now: at,
      settings: this.#settings,
      readings,
      tenSecondMeans: new Map(
        [...this.#means].flatMap(([id, mean]): [string, number][] => {
          const bps = mean.mean();
          return bps === null ? [] : [[id, bps]];
        }),
      ),
      memory: this.#memory,
    });
    this.#memory = planned.memory;
    for (const call of planned.calls) {
      this.writes += 1;
      for (const change of call.changes) {
        this.#held.intend(
          change.key,
          change.trackerId,
          change.fromBps === UNLIMITED ? 0 : change.fromBps,
          call.toWire,
          at,
        );
        this.#held.written(change.key, call.toWire, at);
        if (call.kind === 'release') this.#held.release(change.key);
      }
      this.#swarm.setUploadLimit(
        call.changes.map((change) => change.key),
        call.toWire,
        at,
      );
    }
  }

  #measure(readings: readonly TorrentReading[], instant: number): void {
    for (const { id } of this.#settings.trackers) {
      const mean = this.#means.get(id) ?? new WindowMean();
      this.#means.set(id, mean);
      const own = readings.filter((reading) => reading.trackerId === id);
      mean.add(
        instant,
        own.reduce((sum, reading) => sum + reading.usage.latestBps, 0),
      );
    }
  }

  #reading(
    hash: string,
    index: number,
    fields: Readonly<Record<string, unknown>>,
    at: number,
  ): TorrentReading {
    const shownBps = limitFromWire(Number(fields.up_limit ?? 0));
    const sight = this.#held.see(
      { key: hash, uploadLimitBps: shownBps } as Parameters<HeldLimits['see']>[0],
      at,
    );
    const held = sight.kind === 'ours' ? sight.held : undefined;
    return {
      key: hash,
      trackerId: this.#program.torrents[index]?.tracker ?? '',
      limitBps: held === undefined ? shownBps : limitInForce(held, shownBps),
      ownLimitBps: held === undefined ? shownBps : limitFromWire(held.ownWire),
      held: held !== undefined,
      inRollout: inRollout(hash, this.#settings.rolloutPercentage),
      canUpload: true,
      leechersConnected: Number(fields.num_leechs ?? 0),
      leechersKnown: Number(fields.num_incomplete ?? 0),
      lastActivityAt: at,
      addedAt: 0,
      usage: this.#meter.usage(hash, held?.tookEffectAt ?? null, Number(fields.upspeed ?? 0)),
    };
  }
}

function trackerTruth(halves: readonly number[]): LoopTracker {
  const windows = (seconds: number, fromSecond: number): number[] => {
    const length = seconds * 2;
    const sums: number[] = [];
    for (let start = fromSecond * 2; start + length <= halves.length; start += 1) {
      sums.push(halves.slice(start, start + length).reduce((a, b) => a + b, 0) / seconds);
    }
    return sums.sort((a, b) => a - b);
  };
  return {
    halves,
    windows,
    meanBps: (from) => halves.slice(from * 2).reduce((a, b) => a + b, 0) / (halves.length / 2 - from),
  };
}

/** The value that this part of an ascending list lies below. */
export function percentile(ascending: readonly number[], part: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(part * ascending.length))] ?? 0;
}
