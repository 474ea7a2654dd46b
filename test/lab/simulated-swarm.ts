/** A program's torrents and demand in the simulated swarm. Who limits them is up to the caller. */
import { MIB } from '../../src/control/units.ts';
import { Swarm, type SwarmOptions } from '../../src/simulator/swarm.ts';
import { type Program, startsOf } from './program.ts';

export interface SimulatedSwarm {
  readonly swarm: Swarm;
  /** In the program's order. */
  readonly hashes: readonly string[];
}

/** The line of the real swarm. */
const LINK_BPS = 12 * MIB;
/** Limits can be there before the first leecher, so that guards are in place. */
export const LEAD_MS = 9_000;
const STEP_MS = 100;

/** No leecher wants anything until `play` begins the demand. The same seed gives the same swarm. */
export function simulatedSwarm(
  program: Program,
  options: Pick<SwarmOptions, 'seed' | 'limitsShown'>,
): SimulatedSwarm {
  const swarm = new Swarm({
    ...options,
    linkBps: LINK_BPS,
    leechers: 1,
    startMs: -LEAD_MS,
    torrents: program.torrents.map(({ tracker, ownLimitBps, startedAtSecond }, index) => ({
      name: `torrent ${index}`,
      trackers: [`https://${tracker}/announce`],
      demand: { kind: 'none' },
      uploadLimitWire: ownLimitBps ?? 0,
      heldAs: startedAtSecond === undefined ? null : 'stoppedUP',
    })),
  });
  return { swarm, hashes: [...swarm.torrents.keys()] };
}

/**
 * From the lead on to the end, with the demand from 0 on.
 * @param act before each step, which lasts from `at` until `until`, ms
 * @returns what each torrent's leechers got in each second
 */
export function play(
  program: Program,
  { swarm, hashes }: SimulatedSwarm,
  seconds: number,
  act: (at: number, until: number) => void,
): number[][] {
  const bytes: number[][] = hashes.map(() => []);
  const before = hashes.map(() => 0);
  const starts = startsOf(program);
  for (let at = -LEAD_MS; at < seconds * 1000; at += STEP_MS) {
    act(at, at + STEP_MS);
    if (at === 0)
      for (const [index, hash] of hashes.entries())
        swarm.setDemand(hash, program.torrents[index]?.demand ?? { kind: 'none' });
    const started = starts.get(at / 1000) ?? [];
    swarm.holdAs(
      started.flatMap((index) => hashes[index] ?? []),
      null,
    );
    swarm.advance(at + STEP_MS);
    if (at < 0 || (at + STEP_MS) % 1000 !== 0) continue;
    for (const [index, hash] of hashes.entries()) {
      const moved = swarm.torrents.get(hash)?.movedBytes ?? 0;
      bytes[index]?.push(moved - (before[index] ?? 0));
      before[index] = moved;
    }
  }
  return bytes;
}
