import { grown } from '../control/grown.ts';
import type { Torrent, TorrentKey } from '../control/torrent.ts';
import { limitFromWire } from '../control/units.ts';
import { AnnounceUrls } from './announce-urls.ts';
import type { RowSet } from './row-set.ts';
import type { TorrentColumns } from './torrent-columns.ts';

/** So many of the last torrents that went are remembered. */
const MOST_REMOVED = 1024;

/**
 * All that is known of the torrents at one time: what the sync data told of each, and which announce URLs each
 * stands under. Rows are looked at in place; a torrent that is wanted as an object is made when it is asked for.
 */
export class TorrentRows {
  readonly columns: TorrentColumns;
  readonly urls = new AnnounceUrls();
  /** By row: how many changes there were when it last changed. */
  #changedAt: Uint32Array;
  #changes = 0;
  #removals = 0;
  readonly #lastRemoved: TorrentKey[] = [];

  constructor(columns: TorrentColumns) {
    this.columns = columns;
    this.#changedAt = new Uint32Array(columns.rowsEnd);
  }

  /** Grows with every change of any row. */
  get changes(): number {
    return this.#changes;
  }

  /** Grows with every torrent that is gone. */
  get removals(): number {
    return this.#removals;
  }

  noteRemoval(key: TorrentKey): void {
    this.#removals += 1;
    if (this.#lastRemoved.push(key) > 2 * MOST_REMOVED) this.#lastRemoved.splice(0, MOST_REMOVED);
  }

  /** Keys of the torrents that went since there were so many `removals`; null when they are no longer known. */
  removedSince(removals: number): readonly TorrentKey[] | null {
    const count = this.#removals - removals;
    const last = this.#lastRemoved;
    return count <= last.length ? last.slice(last.length - count) : null;
  }

  /** Nothing of it has changed since there were so many `changes`. */
  isUnchangedSince(row: number, changes: number): boolean {
    return (this.#changedAt[row] ?? 0) <= changes;
  }

  /** Something was told of it. */
  noteChange(row: number): void {
    this.#reserve(row);
    this.#changes += 1;
    this.#changedAt[row] = this.#changes;
  }

  /** Without passkeys, the one in use first. For those who look at few: it goes through all announce URLs. */
  announceUrlsOf(row: number): string[] {
    return this.#inUseFirst(row, this.urls.of(row));
  }

  /** As `announceUrlsOf`, of all torrents: for those who look once. */
  *allAnnounceUrls(): IterableIterator<readonly string[]> {
    const byRow = this.urls.byRow();
    for (const [, row] of this.columns.entries()) yield this.#inUseFirst(row, byRow[row] ?? []);
  }

  #inUseFirst(row: number, urls: string[]): string[] {
    const inUse = this.columns.text(row, 'tracker');
    return [...new Set(inUse === '' ? urls : [inUse, ...urls])];
  }

  /** Known to have no tracker. False while none is known of it yet, and where qBittorrent doesn't count them (before 4.5). */
  isTrackerless(row: number): boolean {
    const { columns } = this;
    return (
      columns.isGiven(row, 'trackers_count') &&
      columns.number(row, 'trackers_count') === 0 &&
      columns.text(row, 'tracker') === '' &&
      this.urls.countOf(row) === 0
    );
  }

  /** These rows, and no others, stand under that announce URL. */
  announce(url: string, rows: RowSet): void {
    this.urls.tell(url, rows, (row) => this.noteChange(row));
  }

  /** A torrent that has come stands under that announce URL, besides others. */
  putUnder(row: number, url: string): void {
    this.urls.put(row, url);
    this.noteChange(row);
  }

  torrentAt(instance: string, row: number): Torrent {
    const { columns } = this;
    const infoHash = columns.infoHashOf(row);
    return {
      key: columns.keyOf(row),
      instance,
      infoHash,
      name: columns.text(row, 'name'),
      state: columns.text(row, 'state'),
      uploadLimitBps: limitFromWire(columns.number(row, 'up_limit')),
      uploadSpeedBps: columns.number(row, 'upspeed'),
      uploadedSession: columns.number(row, 'uploaded_session'),
      leechersConnected: columns.number(row, 'num_leechs'),
      leechersKnown: columns.isGiven(row, 'num_incomplete') ? columns.number(row, 'num_incomplete') : -1,
      lastActivityAt: columns.number(row, 'last_activity'),
      addedAt: columns.number(row, 'added_on'),
      category: columns.text(row, 'category'),
    };
  }

  #reserve(row: number): void {
    if (row < this.#changedAt.length) return;
    const rows = Math.max(row + 1, this.#changedAt.length * 2);
    this.#changedAt = grown(new Uint32Array(rows), this.#changedAt);
  }
}
