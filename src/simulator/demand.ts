import type { Random } from './random.ts';

/** What leechers take when nothing holds them back: as much as the link gives. */
export const UNLIMITED_DEMAND_BPS = Number.POSITIVE_INFINITY;

/**
 * How much a torrent's leechers want over time. Rates are B/s (UNLIMITED_DEMAND_BPS for "all there is"),
 * times are milliseconds since the program began: at the swarm's start, or when it was set.
 */
export type DemandProgram =
  | { readonly kind: 'none' }
  | { readonly kind: 'constant'; readonly bps: number }
  /** Comes for `onMs` and goes for `offMs`; `phaseMs` into its first round at the start. */
  | {
      readonly kind: 'periodic';
      readonly bps: number;
      readonly onMs: number;
      readonly offMs: number;
      readonly phaseMs?: number;
    }
  /** Idle until `atMs`; then wants `bps`, for `forMs` or for good. */
  | { readonly kind: 'waking'; readonly bps: number; readonly atMs: number; readonly forMs?: number }
  /** Each step's rate from its time on, until the next one's; nothing before the first. Times rise. */
  | { readonly kind: 'steps'; readonly steps: readonly { readonly atMs: number; readonly bps: number }[] }
  /** A random walk between two rates, one step each `everyMs`. */
  | {
      readonly kind: 'wandering';
      readonly fromBps: number;
      readonly toBps: number;
      readonly everyMs: number;
    };

/** What is wanted now, and when to ask again (Infinity: it stays so). */
export interface Wish {
  readonly bps: number;
  readonly untilMs: number;
}

/** The program has a rate below 0 or a time that never passes. */
export class InvalidDemandError extends Error {
  override readonly name = 'InvalidDemandError';
  readonly program: DemandProgram;

  constructor(program: DemandProgram, expected: string) {
    super(`A ${program.kind} demand needs ${expected}; got ${JSON.stringify(program)}.`);
    this.program = program;
  }
}

/** @throws InvalidDemandError */
export function checkDemand(program: DemandProgram): void {
  if (!ratesOf(program).every((bps) => bps >= 0))
    throw new InvalidDemandError(program, 'rates of 0 B/s or more');
  if (
    program.kind === 'steps' &&
    program.steps.some(({ atMs }, index) => atMs <= (program.steps[index - 1]?.atMs ?? -1))
  )
    throw new InvalidDemandError(program, 'steps at rising times, from 0 ms on');
  if (program.kind === 'periodic' && !(program.onMs > 0 && program.offMs > 0 && (program.phaseMs ?? 0) >= 0))
    throw new InvalidDemandError(program, 'onMs and offMs above 0, and a phaseMs of 0 or more');
  if (program.kind === 'wandering' && !(program.everyMs > 0 && Number.isFinite(program.toBps)))
    throw new InvalidDemandError(program, 'everyMs above 0, and finite rates');
}

function ratesOf(program: DemandProgram): number[] {
  switch (program.kind) {
    case 'none':
      return [];
    case 'steps':
      return program.steps.map(({ bps }) => bps);
    case 'wandering':
      return [program.fromBps, program.toBps];
    default:
      return [program.bps];
  }
}

/** A step of the random walk is at most this part of its range. */
const WALK_STEP = 0.25;

/**
 * @param elapsedMs since the program began
 * @param previousBps what was wanted until now; null at the start
 */
export function wishAt(
  program: DemandProgram,
  elapsedMs: number,
  previousBps: number | null,
  random: Random,
): Wish {
  switch (program.kind) {
    case 'none':
      return { bps: 0, untilMs: Number.POSITIVE_INFINITY };
    case 'constant':
      return { bps: program.bps, untilMs: Number.POSITIVE_INFINITY };
    case 'periodic': {
      const position = (elapsedMs + (program.phaseMs ?? 0)) % (program.onMs + program.offMs);
      return position < program.onMs
        ? { bps: program.bps, untilMs: elapsedMs + program.onMs - position }
        : { bps: 0, untilMs: elapsedMs + program.onMs + program.offMs - position };
    }
    case 'waking': {
      const endMs = program.atMs + (program.forMs ?? Number.POSITIVE_INFINITY);
      if (elapsedMs < program.atMs) return { bps: 0, untilMs: program.atMs };
      return elapsedMs < endMs
        ? { bps: program.bps, untilMs: endMs }
        : { bps: 0, untilMs: Number.POSITIVE_INFINITY };
    }
    case 'steps': {
      const next = program.steps.findIndex(({ atMs }) => atMs > elapsedMs);
      const current = program.steps.at(next === -1 ? -1 : next - 1);
      return {
        bps: next === 0 ? 0 : (current?.bps ?? 0),
        untilMs: program.steps[next]?.atMs ?? Number.POSITIVE_INFINITY,
      };
    }
    case 'wandering': {
      const range = program.toBps - program.fromBps;
      const from = previousBps ?? program.fromBps + range * random();
      const bps = from + range * WALK_STEP * (2 * random() - 1);
      const low = Math.min(program.fromBps, program.toBps);
      const high = Math.max(program.fromBps, program.toBps);
      return { bps: Math.min(high, Math.max(low, bps)), untilMs: elapsedMs + program.everyMs };
    }
  }
}

/** Whether leechers are known to the tracker while none is connected: a torrent that may come back. */
export function mayWake(program: DemandProgram): boolean {
  return program.kind !== 'none';
}
