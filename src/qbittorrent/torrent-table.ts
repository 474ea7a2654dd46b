/**
 * All torrents of one qBittorrent, kept up to date from its sync data.
 *
 * Modes: no picture yet (`rid` 0) -> a full picture, then deltas -> (reset, or a delta that doesn't fit) ->
 * the picture is kept, but `rid` is 0 and only a full one is taken.
 * Invariant: `apply` changes all that the data says, or nothing.
 */
import { atOnce, eachInSteps, type Steps } from '../control/steps.ts';
import { type Torrent, type TorrentKey, torrentKey, toV1Length } from '../control/torrent.ts';
import { limitFromWire } from '../control/units.ts';
import type { MainData, ServerState } from './codecs.ts';
import { CounterMoves } from './counter-moves.ts';
import { EarlyUrls } from './early-urls.ts';
import { UnexpectedAnswer } from './errors.ts';
import { RowSet } from './row-set.ts';
import { TorrentColumns } from './torrent-columns.ts';
import { TorrentRows } from './torrent-rows.ts';

export interface TableUpdate {
  /** The data replaced the whole picture. */
  readonly full: boolean;
  /** The data says that there are no torrents, which is not believed yet; nothing was changed. */
  readonly suspicious: boolean;
}

/** The rows that now stand under an announce URL, and info-hashes of torrents that are new or yet to come. */
interface Announced {
  readonly url: string;
  readonly rows: RowSet;
  readonly others: readonly string[];
}

/** All or part of a v2 info-hash, whose first 40 digits are the id. */
const LONGER_THAN_IDS = /^[0-9a-f]{41,64}$/;

/** So many empty full pictures in a row are believed: a qBittorrent that is still starting shows none. */
export const EMPTY_CONFIRMATIONS = 3;

export class TorrentTable {
  readonly instance: string;
  readonly moves = new CounterMoves();
  #rows: TorrentRows;
  #early = new EarlyUrls();
  #serverState: ServerState = {};
  #rid = 0;
  #hasPicture = false;
  #emptyInARow = 0;

  constructor(instance: string) {
    this.instance = instance;
    this.#rows = new TorrentRows(new TorrentColumns(undefined, instance));
  }

  /** To be sent with the next request; 0 asks for a full picture. */
  get rid(): number {
    return this.#rid;
  }

  get size(): number {
    return this.#rows.columns.size;
  }

  /** As last told; empty before the first picture. */
  get serverState(): ServerState {
    return this.#serverState;
  }

  /** For those who look at all of them: until the next `apply`. */
  get rows(): TorrentRows {
    return this.#rows;
  }

  rowOf(key: TorrentKey): number | undefined {
    return this.#rows.columns.rowOfKey(key);
  }

  keyOf(row: number): TorrentKey {
    return this.#rows.columns.keyOf(row);
  }

  get(key: TorrentKey): Torrent | undefined {
    const row = this.rowOf(key);
    return row === undefined ? undefined : this.#rows.torrentAt(this.instance, row);
  }

  /**
   * The id of the torrent that has this info-hash, undefined when there is none.
   * @param infoHash v1, v2, or v2 truncated; hex digits
   */
  idOf(infoHash: string): string | undefined {
    const { columns } = this.#rows;
    const short = toV1Length(infoHash.toLowerCase());
    if (columns.rowOf(short) !== undefined) return short;
    const id = columns.aliases.idOf(short);
    return id !== undefined && columns.rowOf(id) !== undefined ? id : undefined;
  }

  /** Finds torrents by a text that any of their info-hashes has in it. @param text in lower case */
  idSearch(text: string): (id: string) => boolean {
    const digits = LONGER_THAN_IDS.test(text) ? toV1Length(text) : text;
    const ids = this.#rows.columns.aliases.idsWith(digits);
    return (id) => id.includes(digits) || ids.has(id);
  }

  /** B/s; undefined for a torrent that isn't there. */
  uploadLimitOf(key: TorrentKey): number | undefined {
    const row = this.rowOf(key);
    return row === undefined ? undefined : limitFromWire(this.#rows.columns.number(row, 'up_limit'));
  }

  *values(): IterableIterator<Torrent> {
    for (const [, row] of this.#rows.columns.entries()) yield this.#rows.torrentAt(this.instance, row);
  }

  /** Makes the next picture a full one. What is known stays until then. */
  reset(): void {
    this.#rid = 0;
  }

  /** @throws UnexpectedAnswer when the data doesn't fit; then only `rid` changes, to 0, so that a full picture heals it */
  apply(data: MainData): TableUpdate {
    return atOnce(this.applyInSteps(data));
  }

  /** As `apply`, in steps: what is known stays in view until the last. No other may be applied meanwhile. */
  *applyInSteps(data: MainData): Steps<TableUpdate> {
    const known = data.fullUpdate ? null : yield* this.#knownRows(data);
    const problem = this.#misfit(data, known);
    if (problem !== null) {
      this.#rid = 0;
      throw new UnexpectedAnswer('sync/maindata', 200, problem.expected, problem.got);
    }
    if (data.fullUpdate && !this.#isBelievable(data)) {
      this.#rid = 0;
      return { full: true, suspicious: true };
    }
    this.#emptyInARow = 0;
    if (known === null) yield* this.#replaceAll(data);
    else this.#applyDelta(data, known, yield* announced(data, this.#rows.columns));
    this.#rid = data.rid;
    return { full: data.fullUpdate, suspicious: false };
  }

  /** By row of the data: the one here of the torrent, when it is known and stays. */
  *#knownRows({ torrents, torrentsRemoved }: MainData): Steps<(number | undefined)[]> {
    const { columns } = this.#rows;
    const removed = new Set(torrentsRemoved.map((infoHash) => columns.rowOf(infoHash)));
    const known: (number | undefined)[] = new Array(torrents.rowsEnd);
    yield* eachInSteps(known, (_, from) => {
      const row = columns.rowFor(torrents, from);
      known[from] = removed.size > 0 && removed.has(row) ? undefined : row;
    });
    return known;
  }

  #misfit(
    data: MainData,
    known: readonly (number | undefined)[] | null,
  ): { readonly expected: string; readonly got: string } | null {
    if (!data.fullUpdate && this.#rid === 0) return { expected: 'a full picture', got: 'only what changed' };
    const { torrents } = data;
    for (let row = 0; row < torrents.rowsEnd; row += 1) {
      if (known?.[row] !== undefined) continue;
      const missing = torrents.missingField(row);
      if (missing === null) continue;
      return { expected: `${missing} of torrent ${torrents.infoHashOf(row)}, new here`, got: 'none' };
    }
    return null;
  }

  /** No torrents at all are believed when there were none before, or when it is said often enough. */
  #isBelievable(data: MainData): boolean {
    if (data.torrents.size > 0 || (this.#hasPicture && this.size === 0)) return true;
    this.#emptyInARow += 1;
    return this.#emptyInARow >= EMPTY_CONFIRMATIONS;
  }

  *#replaceAll(data: MainData): Steps<void> {
    data.torrents.assignTo(this.instance);
    const rows = new TorrentRows(data.torrents);
    const early = new EarlyUrls();
    for (const told of yield* announced(data, data.torrents)) {
      announce(rows, early, told);
      yield;
    }
    noteCut(rows, data);
    this.moves.replace(this.#rows.columns, data.torrents);
    this.#rows = rows;
    this.#early = early;
    this.#serverState = data.serverState;
    this.#hasPicture = true;
  }

  #applyDelta(
    data: MainData,
    known: readonly (number | undefined)[],
    announcedNow: readonly Announced[],
  ): void {
    const { columns } = this.#rows;
    const gone = new RowSet();
    for (const infoHash of data.torrentsRemoved) {
      const row = columns.remove(infoHash);
      if (row === undefined) continue;
      gone.add(row);
      this.#rows.noteRemoval(torrentKey(this.instance, infoHash));
    }
    this.#rows.urls.forget(gone);
    columns.aliases.addAll(data.torrents.aliases);
    for (let from = 0; from < data.torrents.rowsEnd; from += 1) {
      const row = columns.copy(data.torrents, from, known[from]);
      this.#rows.noteChange(row);
      if (known[from] === undefined) this.#welcome(row);
    }
    for (const url of data.trackersRemoved) {
      announce(this.#rows, this.#early, { url, rows: new RowSet(), others: [] });
    }
    for (const told of announcedNow) announce(this.#rows, this.#early, told);
    noteCut(this.#rows, data);
    this.#serverState = { ...this.#serverState, ...data.serverState };
  }

  /** A torrent that is new, maybe in the row of one that is gone. */
  #welcome(row: number): void {
    this.moves.forget(row);
    for (const url of this.#early.take(this.#rows.columns.infoHashOf(row))) this.#rows.putUnder(row, url);
  }
}

/** What is told of announce URLs, by row. Of a torrent that goes with the same answer, only the info-hash counts. */
function* announced({ torrentsRemoved, trackers }: MainData, columns: TorrentColumns): Steps<Announced[]> {
  const removed = new Set(torrentsRemoved);
  const rowOf: (number | undefined)[] = [];
  yield* eachInSteps(trackers.infoHashes, (infoHash) => {
    rowOf.push(removed.has(infoHash) ? undefined : columns.rowOf(infoHash));
  });
  const all: Announced[] = [];
  for (const [url, numbers] of trackers.lists()) {
    const rows = new RowSet();
    const others: string[] = [];
    numbers.each((number) => {
      const row = rowOf[number];
      if (row === undefined) others.push(trackers.infoHashes[number] ?? '');
      else rows.add(row);
    });
    all.push({ url, rows, others });
    yield;
  }
  return all;
}

function announce(rows: TorrentRows, early: EarlyUrls, { url, rows: under, others }: Announced): void {
  early.forget(url);
  for (const infoHash of others) {
    const row = rows.columns.rowOf(infoHash);
    if (row === undefined) early.add(url, infoHash);
    else under.add(row);
  }
  rows.announce(url, under);
}

function noteCut({ columns, urls }: TorrentRows, { trackers }: MainData): void {
  for (const infoHash of trackers.cut()) {
    const row = columns.rowOf(infoHash);
    if (row !== undefined) urls.leftOut.note(row);
  }
  urls.leftOut.noteUnlisted(trackers.unlisted);
}
