import type { JournalState } from './journal-state.ts';
import { unpackKeys } from './packed-keys.ts';
import type { ChangeRecord, OriginalRecord, RollbackRecord } from './records.ts';

const MAX_PAGE = 500;

export interface Page {
  readonly total: number;
  readonly items: readonly (OriginalRecord | ChangeRecord | RollbackRecord)[];
}

/** Newest first. An offset or limit out of range (or NaN) is taken as the nearest that is in it. */
export function pageOf(
  state: JournalState,
  kind: 'original' | 'change' | 'rollback',
  offset: number,
  limit: number,
): Page {
  const start = Math.max(0, Math.floor(offset) || 0);
  const end = start + Math.min(MAX_PAGE, Math.max(0, Math.floor(limit) || 0));
  switch (kind) {
    case 'original': {
      const newestFirst = [...state.originals.values()].sort(
        (a, b) => b.firstSeenAt - a.firstSeenAt || (a.key < b.key ? -1 : 1),
      );
      return { total: newestFirst.length, items: newestFirst.slice(start, end) };
    }
    case 'change': {
      const ids = [...state.changes.keys()].reverse().slice(start, end);
      return { total: state.changes.size, items: ids.flatMap((id) => changeRecord(state, id)) };
    }
    case 'rollback': {
      const newestFirst = [...state.rollbacks.values()].reverse();
      return { total: newestFirst.length, items: newestFirst.slice(start, end) };
    }
  }
}

function changeRecord(state: JournalState, id: string): ChangeRecord[] {
  const change = state.changes.get(id);
  if (change === undefined) return [];
  const { cycle, at, trackerId, reason, toWire, from } = change.entry;
  const torrents = from.flatMap(({ wire, keys }) => unpackKeys(keys).map((key) => ({ key, fromWire: wire })));
  return [{ id, cycle, at, trackerId, reason, toWire, torrents, state: change.state }];
}
