import type { JournalState } from './journal-state.ts';
import { unpackKeys } from './packed-keys.ts';
import type { ChangeRecord, JournalItem } from './records.ts';

const MAX_PAGE = 500;

export interface Page {
  readonly total: number;
  readonly items: readonly JournalItem[];
}

/** Newest first. An offset or limit out of range (or NaN) is taken as the nearest that is in it. */
export function pageOf(
  state: JournalState,
  kind: 'original' | 'change' | 'rollback',
  offset: number,
  limit: number,
  isWanted?: (item: JournalItem) => boolean,
): Page {
  const start = Math.max(0, Math.floor(offset) || 0);
  const end = start + Math.min(MAX_PAGE, Math.max(0, Math.floor(limit) || 0));
  if (isWanted !== undefined) {
    const wanted: JournalItem[] = [];
    for (const item of newestFirst(state, kind)) if (isWanted(item)) wanted.push(item);
    return { total: wanted.length, items: wanted.slice(start, end) };
  }
  if (kind !== 'change') {
    const all = [...newestFirst(state, kind)];
    return { total: all.length, items: all.slice(start, end) };
  }
  // Unpacking the torrents of every change only to count them would cost too much.
  const ids = [...state.changes.keys()].reverse().slice(start, end);
  return { total: state.changes.size, items: ids.flatMap((id) => changeRecord(state, id)) };
}

function* newestFirst(state: JournalState, kind: 'original' | 'change' | 'rollback'): Iterable<JournalItem> {
  switch (kind) {
    case 'original':
      yield* [...state.originals.values()].sort(
        (a, b) => b.firstSeenAt - a.firstSeenAt || (a.key < b.key ? -1 : 1),
      );
      return;
    case 'change':
      for (const id of [...state.changes.keys()].reverse()) yield* changeRecord(state, id);
      return;
    case 'rollback':
      yield* [...state.rollbacks.values()].reverse();
      return;
  }
}

function changeRecord(state: JournalState, id: string): ChangeRecord[] {
  const change = state.changes.get(id);
  if (change === undefined) return [];
  const { cycle, at, trackerId, reason, toWire, from } = change.entry;
  const torrents = from.flatMap(({ wire, keys }) => unpackKeys(keys).map((key) => ({ key, fromWire: wire })));
  return [{ id, cycle, at, trackerId, reason, toWire, torrents, state: change.state }];
}
