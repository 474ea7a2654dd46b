/**
 * A recorded run played again in the simulator: the same demands, and the limits that were written then at the
 * times when they were written. What differs from the recording is the simulator's error alone.
 */
import { MIB } from '../../src/control/units.ts';
import { Swarm } from '../../src/simulator/swarm.ts';
import type { Truth } from './measures.ts';
import type { Program } from './program.ts';
import type { Trace } from './trace.ts';

/** The line of the real swarm. */
const LINK_BPS = 12 * MIB;
const LEAD_MS = 9_000;
const STEP_MS = 100;

export function replay(program: Program, { seconds, limits }: Pick<Trace, 'seconds' | 'limits'>): Truth {
  const swarm = new Swarm({
    seed: 1,
    linkBps: LINK_BPS,
    startMs: -LEAD_MS,
    torrents: program.torrents.map(({ tracker, ownLimitBps }, index) => ({
      name: `torrent ${index}`,
      trackers: [`https://${tracker}/announce`],
      demand: { kind: 'none' },
      uploadLimitWire: ownLimitBps ?? 0,
    })),
  });
  const hashes = [...swarm.torrents.keys()];
  const bytes: number[][] = hashes.map(() => []);
  const before = hashes.map(() => 0);
  const writes = [...limits].sort((a, b) => a.atMs - b.atMs);
  for (let at = -LEAD_MS; at < seconds * 1000; at += STEP_MS) {
    while (writes[0] !== undefined && writes[0].atMs < at + STEP_MS) {
      const write = writes.shift();
      const own = write?.torrents.flatMap((index) => hashes[index] ?? []) ?? [];
      swarm.setUploadLimit(own, write?.limitBps ?? 0, swarm.nowMs);
    }
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
  return { bytes };
}

/** How far two truths of one tracker lie apart, in windows of some seconds; parts of the cap. */
export interface Fit {
  /** Root of the mean square of all windows' differences. */
  readonly rms: number;
  readonly meanReal: number;
  readonly meanSimulated: number;
  readonly worstReal: number;
  readonly worstSimulated: number;
}

export function fitOf(program: Program, id: string, real: Truth, simulated: Truth, windowS: number): Fit {
  const capBps = program.trackers.find((tracker) => tracker.id === id)?.capBps ?? 0;
  const windowsOf = ({ bytes }: Truth): number[] => {
    const own = bytes.filter((_, index) => program.torrents[index]?.tracker === id);
    const seconds = own[0]?.length ?? 0;
    const got = Array.from({ length: seconds }, (_, s) => total(own.map((each) => each[s] ?? 0)));
    return Array.from(
      { length: Math.max(0, seconds - windowS + 1) },
      (_, start) => total(got.slice(start, start + windowS)) / windowS / capBps,
    );
  };
  const reals = windowsOf(real);
  const simulateds = windowsOf(simulated);
  const squares = reals.map((rate, index) => (rate - (simulateds[index] ?? 0)) ** 2);
  return {
    rms: Math.sqrt(total(squares) / squares.length),
    meanReal: total(reals) / reals.length,
    meanSimulated: total(simulateds) / simulateds.length,
    worstReal: Math.max(...reals),
    worstSimulated: Math.max(...simulateds),
  };
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
