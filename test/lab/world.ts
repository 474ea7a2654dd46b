/** What a program let its trackers upload, second by second: from its own demands and caps alone. */
import { sum } from '../../src/control/sum.ts';
import { waterLevel } from '../../src/control/water-level.ts';
import { type InForce, inForceAt, type Program, torrentsOf, type WishStep, wishSteps } from './program.ts';

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
    const { ownLimitBps = Number.POSITIVE_INFINITY, startedAtSecond = 0 } = torrent;
    return each((second) => (second < startedAtSecond ? 0 : Math.min(wishIn(steps, second), ownLimitBps)));
  });
  const inForce = each((second) => inForceAt(program, second));
  const caps = new Map(
    program.trackers.map(({ id }) => [id, inForce.map((settings) => settings.caps[id] ?? 0)]),
  );
  const feasible = new Map(program.trackers.map(({ id }): [string, number[]] => [id, []]));
  for (const [second, settings] of inForce.entries()) {
    const wants = program.trackers.map(({ id }) => ({
      id,
      capBps: settings.caps[id] ?? 0,
      demandBps: sum(torrentsOf(program, id), (index) => wishes[index]?.[second] ?? 0),
    }));
    for (const [id, bps] of feasibleNow(wants, settings)) feasible.get(id)?.push(bps);
  }
  return { seconds, wishes, caps, feasible };
}

/** A second's demand is that of its middle. */
function wishIn(steps: readonly WishStep[], second: number): number {
  return steps.findLast(({ atMs }) => atMs <= second * 1000 + 500)?.bps ?? 0;
}

/** Under `soft` what is left under the caps may go to those that want more, each up to its fraction. */
function feasibleNow(
  wants: readonly { readonly id: string; readonly capBps: number; readonly demandBps: number }[],
  { strategy, maxBorrowFraction }: InForce,
): Map<string, number> {
  const under = new Map(wants.map(({ id, capBps, demandBps }) => [id, Math.min(capBps, demandBps)]));
  if (strategy !== 'soft') return under;
  const capped = wants.filter(({ capBps }) => Number.isFinite(capBps));
  const pool = sum(capped, ({ capBps, demandBps }) => Math.max(0, capBps - demandBps));
  const demandsBps = capped.map(({ capBps, demandBps }) =>
    Math.min(Math.max(0, demandBps - capBps), maxBorrowFraction * capBps),
  );
  const level = waterLevel({ demandsBps }, pool);
  for (const [index, { id }] of capped.entries())
    under.set(id, (under.get(id) ?? 0) + Math.min(demandsBps[index] ?? 0, level));
  return under;
}

/** The trackers that have a cap in some of the seconds. */
export function everCapped(world: World): string[] {
  return [...world.caps].filter(([, caps]) => caps.some(Number.isFinite)).map(([id]) => id);
}

/** A map's values of these trackers together, in each second. */
export function togetherOf(
  world: World,
  trackerIds: readonly string[],
  of: ReadonlyMap<string, readonly number[]>,
): number[] {
  return Array.from({ length: world.seconds }, (_, second) =>
    sum(trackerIds, (id) => of.get(id)?.[second] ?? 0),
  );
}
