import { groupBy } from './group-by.ts';
import type { LimitCall, LimitChange } from './types.ts';
import { exactToWire, limitToWire } from './units.ts';

/** Changes to calls, one for each distinct limit of a tracker and reason, cuts first. */
export function groupCalls(changes: readonly LimitChange[]): LimitCall[] {
  const groups = groupBy(changes, (change) =>
    [change.trackerId, change.kind, wireOf(change), change.reason].join('\n'),
  );
  const calls = [...groups.values()].flatMap((group): LimitCall[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { kind, trackerId, reason } = first;
    return [{ kind, trackerId, toWire: wireOf(first), reason, changes: group }];
  });
  return calls.sort((a, b) => ORDER[a.kind] - ORDER[b.kind]);
}

const ORDER = { cut: 0, release: 1, raise: 2 } as const;

function wireOf(change: LimitChange): number {
  return change.kind === 'release' ? exactToWire(change.toBps) : limitToWire(change.toBps);
}
