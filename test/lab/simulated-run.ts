/**
 * A program against the simulated swarm on a simulated clock: two minutes in some tenths of a second, without
 * HTTP, queue or journal. The truth is the swarm's own, not what the control core believes.
 */
import type { ControlSettings } from '../../src/control/types.ts';
import { MIB } from '../../src/control/units.ts';
import { Swarm } from '../../src/simulator/swarm.ts';
import { SETTINGS } from '../support/readings.ts';
import type { Program, ProgramChange } from './program.ts';
import { SimulatedCycle } from './simulated-cycle.ts';
import type { Trace } from './trace.ts';

export interface SimulatedOptions {
  /** Default: the program's own. */
  readonly seconds?: number;
  /** Same seed, same swarm. Default 1. */
  readonly seed?: number;
  /** B/s, default 12 MiB/s, the line of the lab. */
  readonly linkBps?: number;
  readonly settings?: Partial<ControlSettings>;
  /** When cycles begin, against the refreshes of the swarm's statistics, ms in steps of 100; default 700. */
  readonly pollOffsetMs?: number;
  /** The service is restarted then, and knows only what its journal does. */
  readonly restartAtSecond?: number;
  /** When the sync data shows a limit just written; default 'at-once', as 4.5 does. */
  readonly limitsShown?: 'refresh' | 'at-once';
}

export interface SimulatedRun {
  readonly trace: Trace;
  /** Largest sum of what was granted in any cycle over the sum of the caps then. */
  readonly mostGranted: number;
}

const POLL_MS = 2_000;
const STEP_MS = 100;
/** The service is there before the first leecher, so that guards are in place. */
const LEAD_MS = 9_000;

export function runSimulated(program: Program, options: SimulatedOptions = {}): SimulatedRun {
  const seconds = options.seconds ?? program.seconds;
  const swarm = new Swarm({
    seed: options.seed ?? 1,
    linkBps: options.linkBps ?? 12 * MIB,
    limitsShown: options.limitsShown ?? 'at-once',
    startMs: -LEAD_MS,
    torrents: program.torrents.map(({ tracker, ownLimitBps }, index) => ({
      name: `torrent ${index}`,
      trackers: [`https://${tracker}/announce`],
      demand: { kind: 'none' },
      uploadLimitWire: ownLimitBps ?? 0,
    })),
  });
  const hashes = [...swarm.torrents.keys()];
  let cycle = new SimulatedCycle(
    swarm,
    hashes.map((hash, index) => ({ hash, tracker: program.torrents[index]?.tracker ?? '' })),
  );
  const bytes: number[][] = hashes.map(() => []);
  const before = hashes.map(() => 0);
  const offsetMs = options.pollOffsetMs ?? 700;
  for (let at = -LEAD_MS; at < seconds * 1000; at += STEP_MS) {
    swarm.advance(at);
    if ((at + LEAD_MS) % POLL_MS === offsetMs) cycle.run(at, settingsAt(program, at / 1000, options));
    if (at === (options.restartAtSecond ?? Number.NaN) * 1000) cycle = cycle.restarted(at);
    if (at === 0)
      for (const [index, hash] of hashes.entries())
        swarm.setDemand(hash, program.torrents[index]?.demand ?? { kind: 'none' });
    swarm.advance(at + STEP_MS);
    if (at < 0 || (at + STEP_MS) % 1000 !== 0) continue;
    for (const [index, hash] of hashes.entries()) {
      const moved = swarm.torrents.get(hash)?.movedBytes ?? 0;
      bytes[index]?.push(moved - (before[index] ?? 0));
      before[index] = moved;
    }
  }
  cycle.stop();
  const writes = cycle.limits.filter(({ atMs }) => atMs >= 0).length;
  const trace: Trace = {
    program: program.name,
    strategy: program.strategy,
    version: 'simulated',
    seconds,
    bytes,
    limits: cycle.limits,
    beliefs: [],
    calls: Math.floor((seconds * 1000) / POLL_MS) + writes,
    writes,
    service: null,
    busy: {},
  };
  return { trace, mostGranted: cycle.mostGranted };
}

/** The config in force at that second. */
function settingsAt(program: Program, second: number, options: SimulatedOptions): ControlSettings {
  const past = program.changes?.filter(({ atSecond }) => atSecond <= second) ?? [];
  const latest = <T>(value: (change: ProgramChange) => T | undefined): T | undefined =>
    past.map(value).findLast((found) => found !== undefined);
  return {
    ...SETTINGS,
    strategy: latest((change) => change.strategy) ?? program.strategy,
    soft: { ...SETTINGS.soft, maxBorrowFraction: program.maxBorrowFraction ?? 0.5 },
    trackers: program.trackers.map(({ id, capBps, priority }) => ({
      id,
      capBps: latest((change) => change.caps?.[id]) ?? capBps,
      priority: latest((change) => change.priorities?.[id]) ?? priority ?? 5,
    })),
    rolloutPercentage: latest((change) => change.rolloutPercentage) ?? 100,
    ...options.settings,
  };
}
