import { groupBy } from './group-by.ts';
import { limitToWire } from './limit-mark.ts';
import type { LimitCall, LimitChange } from './types.ts';
import { exactToWire } from './units.ts';

/** Changes to calls, one for each distinct limit of a tracker and reason, cuts first. */
export function groupCalls(changes: readonly LimitChange[]): LimitCall[] {
  const calls: GrowingCall[] = [];
  const byWire = new Map<number, GrowingCall[]>();
  for (const change of changes) {
    const { kind, trackerId, reason } = change;
    const toWire = wireOf(change);
    const alike = byWire.get(toWire) ?? [];
    const call = alike.find((c) => c.trackerId === trackerId && c.kind === kind && c.reason === reason);
    if (call !== undefined) {
      call.changes.push(change);
      continue;
    }
    const first: GrowingCall = { kind, trackerId, toWire, reason, changes: [change] };
    calls.push(first);
    alike.push(first);
    byWire.set(toWire, alike);
  }
  return inOrder(calls);
}

interface GrowingCall extends LimitCall {
  readonly changes: LimitChange[];
}

/**
 * The calls that this cycle may send, in order. Where they are too many the trackers take turns, each with its
 * own cuts first, and another one begins each time: so none waits for ever because others have much to do.
 * @param turn a number that grows from cycle to cycle
 */
export function withinBudget(calls: readonly LimitCall[], most: number, turn: number): LimitCall[] {
  if (calls.length <= most) return [...calls];
  const queues = [...groupBy(calls, (call) => call.trackerId).values()];
  const chosen: LimitCall[] = [];
  for (let round = 0; chosen.length < most; round += 1) {
    const from = turn % queues.length;
    const turns = [...queues.slice(from), ...queues.slice(0, from)];
    const next = turns.flatMap((queue) => queue[round] ?? []);
    chosen.push(...next.slice(0, most - chosen.length));
  }
  return inOrder(chosen);
}

function inOrder(calls: readonly LimitCall[]): LimitCall[] {
  return [...calls].sort((a, b) => ORDER[a.kind] - ORDER[b.kind]);
}

const ORDER = { cut: 0, release: 1, raise: 2 } as const;

function wireOf(change: LimitChange): number {
  return change.kind === 'release' ? exactToWire(change.toBps) : limitToWire(change.toBps);
}
