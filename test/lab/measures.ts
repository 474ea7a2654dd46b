/**
 * What a run's truth says of the loop. The truth is bytes that leechers got, in each second; what was
 * feasible comes from the program's own demands and caps, not from anything that the service believes.
 */
import { sum, total } from '../../src/control/sum.ts';
import { waterLevel } from '../../src/control/water-level.ts';
import { inForceAt, type Program, torrentsOf } from './program.ts';
import { everCapped, togetherOf, type World, worldOf } from './world.ts';

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

/** What these trackers' torrents got together in each second, bytes. */
export function uploadOf(program: Program, { bytes }: Truth, trackerIds: readonly string[]): number[] {
  const own = trackerIds.flatMap((id) => torrentsOf(program, id)).map((index) => bytes[index] ?? []);
  return (bytes[0] ?? []).map((_, second) => sum(own, (each) => each[second] ?? 0));
}

/** One row for each capped tracker, and one named `all` for their sum. */
export function measure(program: Program, truth: Truth): TrackerMeasure[] {
  const world = worldOf(program, truth.bytes[0]?.length ?? 0);
  const ids = everCapped(world);
  const rows = ids.map((id) => row(id, [id], program, truth, world));
  return ids.length > 1 ? [...rows, row('all', ids, program, truth, world)] : rows;
}

function row(
  id: string,
  trackers: readonly string[],
  program: Program,
  truth: Truth,
  world: World,
): TrackerMeasure {
  const got = uploadOf(program, truth, trackers);
  const caps = togetherOf(world, trackers, world.caps);
  const feasible = togetherOf(world, trackers, world.feasible);
  const from = MEASURED_FROM_SECOND;
  const ratios = (length: number): number[] => windows(got, caps, length, from).sort((a, b) => a - b);
  const tens = ratios(10);
  const countable = (rates: readonly number[]): number =>
    total(rates.slice(from).filter((_, index) => Number.isFinite(feasible[from + index])));
  return {
    id,
    use: countable(got) / Math.max(1, countable(feasible)),
    mean: ratios(world.seconds - from)[0] ?? (tens.length > 0 ? total(tens) / tens.length : null),
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
    const allowed = total(caps.slice(start, start + length));
    if (Number.isFinite(allowed)) rates.push(total(got.slice(start, start + length)) / allowed);
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
      const rate = total(got.slice(second, second + SETTLE_WINDOW_S)) / SETTLE_WINDOW_S / wanted;
      if (rate >= SETTLED.from && rate <= SETTLED.to) return [second - at];
    }
    return [-1];
  });
}

/** Those that come after the start, against what would be fair at each moment until they go. */
function lateComers(id: string, program: Program, truth: Truth, world: World): number[] {
  const own = torrentsOf(program, id);
  return own.flatMap((index) => {
    const wishes = world.wishes[index] ?? [];
    return wishes.flatMap((wish, second) => {
      if (second < MEASURED_FROM_SECOND || wish === 0 || (wishes[second - 1] ?? 0) > 0) return [];
      // Under the others shares aren't even, and depend on what only the service measures.
      if (inForceAt(program, second).strategy !== 'equal') return [];
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
    const demandsBps = own.map((torrent) => world.wishes[torrent]?.[second] ?? 0);
    const fair = Math.min(wishes[second] ?? 0, waterLevel({ demandsBps }, caps[second] ?? 0));
    const rate = total(bytes.slice(second, second + SETTLE_WINDOW_S)) / SETTLE_WINDOW_S;
    if (rate >= HAS_SHARE * fair) return [second - firstByte];
  }
  return [-1];
}
