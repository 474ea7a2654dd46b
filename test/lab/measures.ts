/**
 * What a run's truth says of the loop. The truth is bytes that leechers got, in each second; what was
 * feasible comes from the program's own demands and caps, not from anything that the service believes.
 */
import { waterLevel } from '../../src/control/water-level.ts';
import { type Program, type WishStep, wishSteps } from './program.ts';

/** Bytes that each torrent's leechers got in each second, in the program's order. */
export interface Truth {
  readonly bytes: readonly (readonly number[])[];
}

export interface TrackerMeasure {
  readonly id: string;
  /** Got of what was feasible, 0..1. */
  readonly use: number;
  /** The rest as parts of the cap then in force; null where there was none. */
  readonly mean: number | null;
  readonly worst10: number | null;
  readonly p95: number | null;
  readonly worst5: number | null;
  /** Of the first 10 s, which the others leave out. */
  readonly start10: number | null;
  /** Seconds from each change until the tracker uses what is feasible, the median and the longest; -1: never did. */
  readonly settle: readonly number[];
  /** Seconds from a late-comer's first byte until it has 90 % of its fair share; -1: never had. */
  readonly late: readonly number[];
}

/** The first seconds, in which connections are made and first limits set, don't count. */
export const MEASURED_FROM_SECOND = 15;
const SETTLE_WINDOW_S = 5;
const SETTLED = { from: 0.88, to: 1.12 };
/** "Has its share" at this part of it. */
const HAS_SHARE = 0.9;
/** A change that gives less time than this before the next says nothing. */
const LEAST_PERIOD_S = 12;

/** One row for each capped tracker, and one named `all` for their sum. */
export function measure(program: Program, truth: Truth): TrackerMeasure[] {
  const world = worldOf(program, truth.bytes[0]?.length ?? 0);
  const ids = program.trackers.map(({ id }) => id).filter((id) => isEverCapped(world, id));
  const rows = ids.map((id) => row(id, [id], program, truth, world));
  return ids.length > 1 ? [...rows, row('all', ids, program, truth, world)] : rows;
}

/** What was wanted and allowed in each second. */
export interface World {
  readonly seconds: number;
  /** By torrent and second, B/s. */
  readonly wishes: readonly (readonly number[])[];
  /** By tracker and second, B/s. */
  readonly caps: ReadonlyMap<string, readonly number[]>;
  /** By tracker and second: the most that it may upload, B/s. */
  readonly feasible: ReadonlyMap<string, readonly number[]>;
}

export function worldOf(program: Program, seconds: number): World {
  const each = <T>(value: (second: number) => T): T[] => Array.from({ length: seconds }, (_, s) => value(s));
  const wishes = program.torrents.map((torrent) => {
    const steps = wishSteps(torrent, seconds);
    return each((second) => Math.min(wishIn(steps, second), torrent.ownLimitBps ?? Number.POSITIVE_INFINITY));
  });
  const caps = new Map(
    program.trackers.map(({ id, capBps }) => [id, each((second) => capIn(program, id, capBps, second))]),
  );
  const demands = new Map(
    program.trackers.map(({ id }) => [
      id,
      each((second) =>
        sum(program.torrents.map((torrent, i) => (torrent.tracker === id ? (wishes[i]?.[second] ?? 0) : 0))),
      ),
    ]),
  );
  const feasible = new Map(program.trackers.map(({ id }): [string, number[]] => [id, []]));
  for (let second = 0; second < seconds; second += 1) {
    const now = program.trackers.map(({ id }) => ({
      id,
      capBps: caps.get(id)?.[second] ?? 0,
      demandBps: demands.get(id)?.[second] ?? 0,
    }));
    for (const [id, bps] of feasibleNow(program, strategyIn(program, second), now))
      feasible.get(id)?.push(bps);
  }
  return { seconds, wishes, caps, feasible };
}

/** A second's demand is that of its middle. */
function wishIn(steps: readonly WishStep[], second: number): number {
  return steps.findLast(({ atMs }) => atMs <= second * 1000 + 500)?.bps ?? 0;
}

function capIn(program: Program, id: string, capBps: number, second: number): number {
  const changed = program.changes?.findLast((change) => change.atSecond <= second && change.caps?.[id]);
  return changed?.caps?.[id] ?? capBps;
}

function strategyIn(program: Program, second: number): Program['strategy'] {
  const changed = program.changes?.findLast((change) => change.atSecond <= second && change.strategy);
  return changed?.strategy ?? program.strategy;
}

/** Under `soft` what is left under the caps may go to those that want more, each up to its fraction. */
function feasibleNow(
  program: Program,
  strategy: Program['strategy'],
  now: readonly { readonly id: string; readonly capBps: number; readonly demandBps: number }[],
): Map<string, number> {
  const under = new Map(now.map(({ id, capBps, demandBps }) => [id, Math.min(capBps, demandBps)]));
  if (strategy !== 'soft') return under;
  const capped = now.filter(({ capBps }) => Number.isFinite(capBps));
  const pool = sum(capped.map(({ capBps, demandBps }) => Math.max(0, capBps - demandBps)));
  const needs = capped.map(({ capBps, demandBps }) => ({
    demandBps: Math.min(Math.max(0, demandBps - capBps), (program.maxBorrowFraction ?? 0.5) * capBps),
    weight: 1,
  }));
  const level = waterLevel(needs, pool);
  for (const [index, { id }] of capped.entries())
    under.set(id, (under.get(id) ?? 0) + Math.min(needs[index]?.demandBps ?? 0, level));
  return under;
}

function isEverCapped(world: World, id: string): boolean {
  return world.caps.get(id)?.some(Number.isFinite) ?? false;
}

function row(
  id: string,
  trackers: readonly string[],
  program: Program,
  truth: Truth,
  world: World,
): TrackerMeasure {
  const own = truth.bytes.filter((_, i) => trackers.includes(program.torrents[i]?.tracker ?? ''));
  const got = Array.from({ length: world.seconds }, (_, second) => sum(own.map((b) => b[second] ?? 0)));
  const total = (of: ReadonlyMap<string, readonly number[]>): number[] =>
    got.map((_, second) => sum(trackers.map((tracker) => of.get(tracker)?.[second] ?? 0)));
  const caps = total(world.caps);
  const feasible = total(world.feasible);
  const ratios = (length: number, from = MEASURED_FROM_SECOND): number[] =>
    windows(got, caps, length, from).sort((a, b) => a - b);
  const tens = ratios(10);
  const from = MEASURED_FROM_SECOND;
  const countable = (rates: readonly number[]): number =>
    sum(rates.slice(from).map((bps, index) => (Number.isFinite(feasible[from + index]) ? bps : 0)));
  return {
    id,
    use: countable(got) / Math.max(1, countable(feasible)),
    mean: ratios(world.seconds - from)[0] ?? (tens.length > 0 ? sum(tens) / tens.length : null),
    worst10: tens.at(-1) ?? null,
    p95: tens[Math.ceil(tens.length * 0.95) - 1] ?? null,
    worst5: ratios(5).at(-1) ?? null,
    start10: windows(got, caps, 10, 0)[0] ?? null,
    settle: settleTimes(got, feasible),
    late: trackers.length === 1 ? lateComers(id, program, truth, world) : [],
  };
}

/** Of every window that lies in seconds with a cap: what was got over what the caps allowed. */
function windows(got: readonly number[], caps: readonly number[], length: number, from: number): number[] {
  const rates: number[] = [];
  for (let start = from; start + length <= got.length; start += 1) {
    const allowed = sum(caps.slice(start, start + length));
    if (Number.isFinite(allowed)) rates.push(sum(got.slice(start, start + length)) / allowed);
  }
  return rates;
}

function settleTimes(got: readonly number[], feasible: readonly number[]): number[] {
  const changes = feasible.flatMap((bps, second) =>
    second > 0 && bps !== feasible[second - 1] ? [second] : [],
  );
  return changes.flatMap((at, index) => {
    const end = changes[index + 1] ?? got.length;
    const wanted = feasible[at] ?? 0;
    if (end - at < LEAST_PERIOD_S || !Number.isFinite(wanted) || wanted === 0) return [];
    for (let second = at; second + SETTLE_WINDOW_S <= end; second += 1) {
      const rate = sum(got.slice(second, second + SETTLE_WINDOW_S)) / SETTLE_WINDOW_S / wanted;
      if (rate >= SETTLED.from && rate <= SETTLED.to) return [second - at];
    }
    return [-1];
  });
}

/** Those that come after the start to a tracker that is full. Judged while nobody else comes or goes. */
function lateComers(id: string, program: Program, truth: Truth, world: World): number[] {
  const own = program.torrents.flatMap((torrent, index) => (torrent.tracker === id ? [index] : []));
  return own.flatMap((index) => {
    const wishes = world.wishes[index] ?? [];
    return wishes.flatMap((wish, second) => {
      if (second < MEASURED_FROM_SECOND || wish === 0 || (wishes[second - 1] ?? 0) > 0) return [];
      // Under the others shares aren't even, and depend on what only the service measures.
      if (strategyIn(program, second) !== 'equal') return [];
      return lateComer(index, own, second, truth, world, world.caps.get(id) ?? []);
    });
  });
}

function lateComer(
  index: number,
  own: readonly number[],
  wokeAt: number,
  truth: Truth,
  world: World,
  caps: readonly number[],
): number[] {
  const wishes = world.wishes[index] ?? [];
  const bytes = truth.bytes[index] ?? [];
  const sleepsAt = wishes.findIndex((wish, second) => second > wokeAt && wish === 0);
  const end = sleepsAt === -1 ? world.seconds : sleepsAt;
  const firstByte = bytes.findIndex((moved, second) => second >= wokeAt && second < end && moved > 0);
  if (end - wokeAt < LEAST_PERIOD_S) return [];
  if (firstByte === -1) return [-1];
  for (let second = firstByte; second + SETTLE_WINDOW_S <= end; second += 1) {
    const claims = own.map((torrent) => ({ demandBps: world.wishes[torrent]?.[second] ?? 0, weight: 1 }));
    const fair = Math.min(wishes[second] ?? 0, waterLevel(claims, caps[second] ?? 0));
    const rate = sum(bytes.slice(second, second + SETTLE_WINDOW_S)) / SETTLE_WINDOW_S;
    if (rate >= HAS_SHARE * fair) return [second - firstByte];
  }
  return [-1];
}

function sum(numbers: readonly number[]): number {
  let total = 0;
  for (const value of numbers) total += value;
  return total;
}
