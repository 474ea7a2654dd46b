/** Pure: from what is asked of the journal and its state, the entries to append. */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { TorrentKey } from '../control/torrent.ts';
import { decodeEntry, type Entry, type EntryOf } from './codecs.ts';
import type { JournalState } from './journal-state.ts';
import type { OriginalGroup } from './originals.ts';
import { packKeys } from './packed-keys.ts';
import {
  type AcceptedLimit,
  type ContestRecord,
  type IntendedChange,
  type OriginalRecord,
  RECORD_VERSION,
  type ReplacedOriginal,
  type RestoredRecord,
  type RollbackRecord,
} from './records.ts';

/** 11 digits of base 36 hold microseconds until the year 5000, so ids sort as text. */
const ID_DIGITS = 11;

/** Ids that grow within a process, across restarts, and when the clock is set back. */
export function nextId(lastId: string, nowMs: number): string {
  const last = lastId === '' ? 0 : Number.parseInt(lastId, 36);
  return Math.max(last + 1, Math.floor(nowMs * 1000))
    .toString(36)
    .padStart(ID_DIGITS, '0');
}

/**
 * One intent's entries: the originals first, so that wherever an append is cut, no change is on disk without the
 * originals of its torrents. `ids` are those of the changes, in order.
 */
export function intentEntries(
  state: JournalState,
  changes: readonly IntendedChange[],
  at: number,
  keepChanges: boolean,
  makeId: () => string,
): { readonly entries: readonly Entry[]; readonly ids: readonly string[] } {
  const originals: Entry[] = [];
  const seen = new Set<TorrentKey>();
  for (const change of changes) {
    const unmanaged = change.torrents.filter(({ key }) => !state.originals.has(key) && !seen.has(key));
    for (const { key } of unmanaged) seen.add(key);
    if (unmanaged.length === 0) continue;
    const { trackerId } = change;
    originals.push({ ...head(makeId()), kind: 'original', at, trackerId, limits: byWire(unmanaged) });
  }
  const written = changes.map((change): EntryOf<'change' | 'written'> => {
    const { cycle, trackerId, reason } = change;
    const toWire = noLimitIsZero(change.toWire);
    const from = byWire(change.torrents);
    return keepChanges
      ? { ...head(makeId()), kind: 'change', cycle, at, trackerId, reason, toWire, from }
      : { ...head(makeId()), kind: 'written', toWire, from };
  });
  return { entries: [...originals, ...written], ids: written.map((entry) => entry._id) };
}

/** One entry for each different limit; where a torrent is named twice, the later limit counts. */
export function replacedEntries(
  changes: readonly ReplacedOriginal[],
  at: number,
  makeId: () => string,
): Entry[] {
  const latest = new Map(changes.map(({ key, originalWire }) => [key, originalWire]));
  const groups = byWire([...latest].map(([key, fromWire]) => ({ key, fromWire })));
  return groups.map(({ wire, keys }) => ({
    ...head(makeId()),
    kind: 'replaced',
    at,
    originalWire: wire,
    keys,
  }));
}

export function closedEntry(id: string, keys: readonly TorrentKey[]): Entry {
  return { ...head(id), kind: 'closed', keys: packKeys(keys) };
}

export function revertedEntry(id: string, keys: readonly TorrentKey[], since: number): Entry {
  return { ...head(id), kind: 'reverted', since, keys: packKeys(keys) };
}

export function restoredEntry(id: string, keys: readonly TorrentKey[], at: number): Entry {
  return { ...head(id), kind: 'restored', at, keys: packKeys(keys) };
}

export function reopenedEntry(id: string, keys: readonly TorrentKey[]): Entry {
  return { ...head(id), kind: 'reopened', keys: packKeys(keys) };
}

export function acceptedEntry(id: string, limits: readonly AcceptedLimit[], at: number): Entry {
  return { ...head(id), kind: 'accepted', at, limits: acceptedGroups(limits) };
}

export function unacceptedEntry(id: string, keys: readonly TorrentKey[]): Entry {
  return { ...head(id), kind: 'unaccepted', keys: packKeys(keys) };
}

export function contestEntry(id: string, contest: ContestRecord | null): Entry {
  return { ...head(id), kind: 'contest', contest };
}

export function identityEntry(id: string, journal: string): Entry {
  return { ...head(id), kind: 'identity', journal };
}

export function outcomeEntry(id: string, done: readonly string[], failed: readonly string[]): Entry {
  return { ...head(id), kind: 'outcome', done, failed };
}

export function rollbackEntry(id: string, rollback: RollbackRecord): Entry {
  return { ...head(id), kind: 'rollback', rollback };
}

/** All of the state but the changes, with these originals and rollbacks. */
export function checkpointEntry(
  id: string,
  state: JournalState,
  originals: Iterable<OriginalRecord>,
  rollbacks: readonly RollbackRecord[],
): EntryOf<'checkpoint'> {
  const inState = (wanted: 'intended' | 'failed') =>
    [...state.changes.values()].filter((change) => change.state === wanted).map(({ entry }) => entry._id);
  return {
    ...head(id),
    kind: 'checkpoint',
    originals: originalGroups(originals),
    restored: originalGroups(state.restored.values()),
    accepted: acceptedGroups([...state.accepted].map(([key, wire]) => ({ key, wire }))),
    contest: state.contest,
    journal: state.journal,
    rollbacks,
    intended: inState('intended'),
    failed: inState('failed'),
  };
}

/** Torrents that agree in all fields but the key stand together. */
function originalGroups(records: Iterable<OriginalRecord | RestoredRecord>): OriginalGroup[] {
  const groups = new Map<string, { fields: Omit<OriginalRecord, 'key'>; keys: TorrentKey[] }>();
  for (const { key, ...fields } of records) {
    const same = JSON.stringify(fields);
    const group = groups.get(same);
    if (group === undefined) groups.set(same, { fields, keys: [key] });
    else group.keys.push(key);
  }
  return [...groups.values()].map(({ fields, keys }) => ({ ...fields, keys: packKeys(keys) }));
}

function acceptedGroups(limits: readonly AcceptedLimit[]): { wire: number; keys: string }[] {
  return byWire(limits.map(({ key, wire }) => ({ key, fromWire: wire })));
}

function head(id: string) {
  return { _id: id, v: RECORD_VERSION } as const;
}

/** Both 0 and -1 mean no limit to qBittorrent; the journal knows only 0. NaN stays NaN, which no codec takes. */
function noLimitIsZero(wire: number): number {
  return Math.max(0, wire);
}

function byWire(torrents: IntendedChange['torrents']): { wire: number; keys: string }[] {
  const groups = new Map<number, TorrentKey[]>();
  for (const { key, fromWire } of torrents) {
    const wire = noLimitIsZero(fromWire);
    const keys = groups.get(wire);
    if (keys === undefined) groups.set(wire, [key]);
    else keys.push(key);
  }
  return [...groups].map(([wire, keys]) => ({ wire, keys: packKeys(keys) }));
}

/** What can't be read back must not be written: one bad number would make the whole file refuse to open. @throws RangeError */
export function checkEntries(entries: readonly Entry[]): void {
  for (const entry of entries) {
    const decoded = decodeEntry(entry);
    if (isLeft(decoded)) throw new RangeError(`can't journal this ${entry.kind}: ${decoded.left}`);
  }
}
