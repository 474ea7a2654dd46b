/** What of the journal stays when it is made short. Originals always do. */
import type { JournalState } from './journal-state.ts';
import type { RollbackRecord } from './records.ts';

const MAX_ROLLBACKS = 500;

export interface Bounds {
  readonly maxChanges: number;
  /** How many torrents those may name together. */
  readonly maxChangedTorrents: number;
}

/**
 * Those in force stay however old; a script that rolls back again and again must not pile them up.
 * @param before Unix ms
 */
export function rollbacksToKeep(state: JournalState, before: number): RollbackRecord[] {
  const { openRollback, openPartRollbacks, rollbacks } = state;
  const inForce = new Set([openRollback, ...openPartRollbacks].map((rollback) => rollback?.id));
  const newest = new Set([...rollbacks.keys()].slice(-MAX_ROLLBACKS));
  return [...rollbacks.values()].filter(
    ({ id, requestedAt }) => inForce.has(id) || (newest.has(id) && requestedAt >= before),
  );
}

/** Ids of the newest, as many as the bounds allow, none from before. @param before Unix ms */
export function changesToKeep(
  state: JournalState,
  before: number,
  { maxChanges, maxChangedTorrents }: Bounds,
): Set<string> {
  const keep = new Set<string>();
  let torrents = 0;
  for (const [id, change] of [...state.changes].reverse()) {
    torrents += change.torrents;
    if (keep.size >= maxChanges || torrents > maxChangedTorrents) break;
    if (change.entry.at >= before) keep.add(id);
  }
  return keep;
}
