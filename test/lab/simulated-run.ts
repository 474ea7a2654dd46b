/**
 * A program against the simulated swarm on a simulated clock: two minutes in some tenths of a second, without
 * HTTP, queue or journal. The truth is the swarm's own, not what the control core believes.
 */
import type { ControlSettings } from '../../src/control/types.ts';
import { SETTINGS } from '../support/readings.ts';
import { inForceAt, type Program } from './program.ts';
import { SimulatedCycle } from './simulated-cycle.ts';
import { LEAD_MS, play, simulatedSwarm } from './simulated-swarm.ts';
import type { Trace } from './trace.ts';

export interface SimulatedOptions {
  /** Default: the program's own. */
  readonly seconds?: number;
  /** Same seed, same swarm. Default 1. */
  readonly seed?: number;
  readonly settings?: Partial<ControlSettings>;
  /** When cycles begin, against the refreshes of the swarm's statistics, ms in steps of 100; default 700. */
  readonly pollOffsetMs?: number;
  /** The service is restarted then, and knows only what its journal does. */
  readonly restartAtSecond?: number;
  /** qBittorrent's own limit over all torrents from that second on, B/s; 0 for none. */
  readonly globalLimits?: readonly { readonly atSecond: number; readonly wire: number }[];
  /** When the sync data shows a limit just written; default 'at-once', as 4.5 does. */
  readonly limitsShown?: 'refresh' | 'at-once';
}

export interface SimulatedRun {
  readonly trace: Trace;
  /** Largest sum of what was granted in any cycle over the sum of the caps then. */
  readonly mostGranted: number;
}

const POLL_MS = 2_000;

export function runSimulated(program: Program, options: SimulatedOptions = {}): SimulatedRun {
  const seconds = options.seconds ?? program.seconds;
  const { seed = 1, limitsShown = 'at-once', pollOffsetMs = 700 } = options;
  const run = simulatedSwarm(program, { seed, limitsShown });
  let cycle = new SimulatedCycle(
    run.swarm,
    run.hashes.map((hash, index) => ({ hash, tracker: program.torrents[index]?.tracker ?? '' })),
  );
  const bytes = play(program, run, seconds, (at) => {
    for (const { atSecond, wire } of options.globalLimits ?? [])
      if (at === atSecond * 1000) run.swarm.setGlobalLimit(wire);
    if ((at + LEAD_MS) % POLL_MS === pollOffsetMs) cycle.run(at, settingsAt(program, at / 1000, options));
    if (at === (options.restartAtSecond ?? Number.NaN) * 1000) cycle = cycle.restarted(at);
  });
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
  const { strategy, caps, priorities, rolloutPercentage, maxBorrowFraction } = inForceAt(program, second);
  return {
    ...SETTINGS,
    strategy,
    soft: { ...SETTINGS.soft, maxBorrowFraction },
    trackers: Object.entries(caps).map(([id, capBps]) => ({ id, capBps, priority: priorities[id] ?? 5 })),
    rolloutPercentage,
    ...options.settings,
  };
}
