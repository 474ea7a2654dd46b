/**
 * What a lab run does: caps, torrents with scripted demand, and what the user changes while it runs. The same
 * program runs against a real qBittorrent (real-run.ts) and against the simulator (simulated-run.ts).
 */
import type { Strategy } from '../../src/control/types.ts';
import { type DemandProgram, wishAt } from '../../src/simulator/demand.ts';
import { randomFrom } from '../../src/simulator/random.ts';

export const STRATEGIES: readonly Strategy[] = ['equal', 'weighted', 'soft'];

export interface ProgramTracker {
  readonly id: string;
  /** B/s; UNLIMITED for none. */
  readonly capBps: number;
  /** 1..10; default 5. */
  readonly priority?: number;
}

export interface ProgramTorrent {
  readonly tracker: string;
  /** What its leechers take at most; never a random one, so that both kinds of run see the same. */
  readonly demand: Exclude<DemandProgram, { kind: 'wandering' }>;
  /** The user's own limit, B/s; default none. */
  readonly ownLimitBps?: number;
  /** The user has stopped it, and starts it then; default: it runs from the beginning. */
  readonly startedAtSecond?: number;
}

/** From `atSecond` on these take the place of what was in force. */
export interface ProgramChange {
  readonly atSecond: number;
  /** By tracker, B/s; UNLIMITED for none. */
  readonly caps?: Readonly<Record<string, number>>;
  readonly priorities?: Readonly<Record<string, number>>;
  readonly strategy?: Strategy;
  /** 0..100 */
  readonly rolloutPercentage?: number;
}

export interface Program {
  readonly name: string;
  /** How it tries to break the loop, in a sentence. */
  readonly about: string;
  /** The strategy it was made for; the lab's `--strategy` overrides it. */
  readonly strategy: Strategy;
  readonly seconds: number;
  readonly trackers: readonly ProgramTracker[];
  readonly torrents: readonly ProgramTorrent[];
  readonly changes?: readonly ProgramChange[];
  /** Part of its cap that a tracker may borrow under `soft`, 0..1; default 0.5 as in the config. */
  readonly maxBorrowFraction?: number;
}

/** All that the user sets. */
export interface InForce {
  /** Of every tracker, B/s; UNLIMITED for none. */
  readonly caps: Readonly<Record<string, number>>;
  readonly priorities: Readonly<Record<string, number>>;
  readonly strategy: Strategy;
  /** 0..100 */
  readonly rolloutPercentage: number;
  /** 0..1 */
  readonly maxBorrowFraction: number;
}

/** What the program began with, and each change until that second. */
export function inForceAt(program: Program, second: number): InForce {
  const { trackers, strategy, maxBorrowFraction = 0.5, changes = [] } = program;
  let inForce: InForce = {
    caps: Object.fromEntries(trackers.map(({ id, capBps }) => [id, capBps])),
    priorities: Object.fromEntries(trackers.map(({ id, priority }) => [id, priority ?? 5])),
    strategy,
    rolloutPercentage: 100,
    maxBorrowFraction,
  };
  for (const { atSecond, caps, priorities, ...others } of changes) {
    if (atSecond > second) continue;
    inForce = {
      ...inForce,
      ...others,
      caps: { ...inForce.caps, ...caps },
      priorities: { ...inForce.priorities, ...priorities },
    };
  }
  return inForce;
}

/** The indexes of a tracker's torrents. */
export function torrentsOf(program: Program, trackerId: string): number[] {
  return program.torrents.flatMap(({ tracker }, index) => (tracker === trackerId ? [index] : []));
}

/** The indexes of the torrents that are started, by when. */
export function startsOf({ torrents }: Program): ReadonlyMap<number, readonly number[]> {
  const starts = new Map<number, number[]>();
  for (const [index, { startedAtSecond }] of torrents.entries()) {
    if (startedAtSecond === undefined) continue;
    starts.set(startedAtSecond, [...(starts.get(startedAtSecond) ?? []), index]);
  }
  return starts;
}

/** From that time on a torrent's leechers take up to that rate. */
export interface WishStep {
  readonly atMs: number;
  /** B/s; Infinity for all they can get. */
  readonly bps: number;
}

/** The demand of one torrent as its steps, the first at 0. */
export function wishSteps(torrent: ProgramTorrent, seconds: number): WishStep[] {
  const unused = randomFrom('not drawn from');
  const steps: WishStep[] = [];
  for (let atMs = 0; atMs < seconds * 1000; ) {
    const wish = wishAt(torrent.demand, atMs, null, unused);
    steps.push({ atMs, bps: wish.bps });
    atMs = wish.untilMs;
  }
  return steps;
}

/** A rate that swings at random between two, `everyMs`, the same for the same seed. */
export function swinging(
  seed: string,
  range: { readonly fromBps: number; readonly toBps: number; readonly everyMs: number },
  seconds: number,
): ProgramTorrent['demand'] {
  const random = randomFrom(seed);
  const steps: WishStep[] = [];
  for (let atMs = 0; atMs < seconds * 1000; atMs += range.everyMs)
    steps.push({ atMs, bps: range.fromBps + random() * (range.toBps - range.fromBps) });
  return { kind: 'steps', steps };
}
