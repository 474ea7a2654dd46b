import { groupBy } from './group-by.ts';
import type { LimitCall, LimitChange } from './types.ts';
import { exactToWire, limitToWire } from './units.ts';

/** Ratios of neighbouring grid values, finest first: the coarsest is used only when nothing finer fits. */
const GRIDS = [1, 1.02, 1.05, 1.1, 1.2] as const;
/** Distinct limits that one tracker may send in a cycle before a coarser grid is taken. */
const CALLS_PER_TRACKER = 4;

/**
 * Changes to calls, one for each distinct limit of a tracker, cuts first. Level and guard limits are sent
 * exactly; the others, each torrent's own, are snapped down to a geometric grid only as coarse as needed.
 * Releases restore an exact value and are never snapped.
 */
export function groupCalls(changes: readonly LimitChange[]): LimitCall[] {
  const byTracker = groupBy(changes, (change) => change.trackerId);
  const calls = [...byTracker.values()].flatMap(groupOneTracker);
  return calls.sort((a, b) => ORDER[a.kind] - ORDER[b.kind]);
}

const ORDER = { cut: 0, release: 1, raise: 2 } as const;

function groupOneTracker(changes: readonly LimitChange[]): LimitCall[] {
  let calls: LimitCall[] = [];
  for (const ratio of GRIDS) {
    calls = collect(changes, ratio);
    if (calls.length <= CALLS_PER_TRACKER) break;
  }
  return calls;
}

function collect(changes: readonly LimitChange[], ratio: number): LimitCall[] {
  const exact = changes.map((change) =>
    change.reason === 'headroom' ? { ...change, toBps: snapDown(change.toBps, ratio) } : change,
  );
  const groups = groupBy(exact, (change) => `${change.kind} ${wireOf(change)} ${change.reason}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { kind, trackerId, reason } = first;
    return [{ kind, trackerId, toWire: wireOf(first), reason, changes: group }];
  });
}

function wireOf(change: LimitChange): number {
  return change.kind === 'release' ? exactToWire(change.toBps) : limitToWire(change.toBps);
}

function snapDown(bps: number, ratio: number): number {
  if (ratio === 1) return bps;
  return ratio ** Math.floor(Math.log(bps) / Math.log(ratio) + 1e-9);
}
