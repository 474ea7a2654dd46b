/**
 * A recorded run played again in the simulator: the same demands, and the limits that were written then at the
 * times when they were written. What differs from the recording is the simulator's error alone.
 */
import { total } from '../../src/control/sum.ts';
import { type Truth, uploadOf } from './measures.ts';
import type { Program } from './program.ts';
import { play, simulatedSwarm } from './simulated-swarm.ts';
import type { Trace } from './trace.ts';

export function replay(program: Program, { seconds, limits }: Pick<Trace, 'seconds' | 'limits'>): Truth {
  const run = simulatedSwarm(program, { seed: 1 });
  const writes = [...limits].sort((a, b) => a.atMs - b.atMs);
  const bytes = play(program, run, seconds, (_, until) => {
    for (let write = writes[0]; write !== undefined && write.atMs < until; write = writes[0]) {
      writes.shift();
      const hashes = write.torrents.flatMap((index) => run.hashes[index] ?? []);
      run.swarm.setUploadLimit(hashes, write.limitBps, run.swarm.nowMs);
    }
  });
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
  const windowsOf = (truth: Truth): number[] => {
    const got = uploadOf(program, truth, [id]);
    return Array.from(
      { length: Math.max(0, got.length - windowS + 1) },
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
