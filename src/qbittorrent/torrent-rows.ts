import { grown } from '../control/grown.ts';
import { type Torrent, torrentKey } from '../control/torrent.ts';
import { limitFromWire } from '../control/units.ts';
import { AnnounceSets } from './announce-sets.ts';
import type { TorrentColumns } from './torrent-columns.ts';

/** Tracker numbers are below this, so that a set and a tracker are one number. */
const TRACKERS_END = 2 ** 24;

/**
 * All that is known of the torrents at one time: what the sync data told of each, and which announce URLs each
 * stands under. Rows are looked at in place; a torrent that is wanted as an object is made when it is asked for.
 */
export class TorrentRows {
  readonly columns: TorrentColumns;
  readonly #sets = new AnnounceSets();
  readonly #urls = new Map<number, readonly string[]>();
  /** Announce URLs that any torrent was ever put under. */
  readonly #told = new Set<string>();
  #setOf: Uint32Array;
  /** By row: how many changes there were when it last changed. */
  #changedAt: Uint32Array;
  #changes = 0;
  #removals = 0;

  constructor(columns: TorrentColumns) {
    this.columns = columns;
    this.#setOf = new Uint32Array(columns.rowsEnd);
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

  noteRemoval(): void {
    this.#removals += 1;
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

  /** The one in use first; always the same array for the same URLs. */
  announceUrlsOf(row: number): readonly string[] {
    const set = this.#setOf[row] ?? 0;
    const both = set * TRACKERS_END + this.columns.trackerNumber(row);
    const known = this.#urls.get(both);
    if (known !== undefined) return known;
    const urls = this.#sets.urlsOf(this.#sets.startingWith(set, this.columns.text(row, 'tracker')));
    this.#urls.set(both, urls);
    return urls;
  }

  /** Known to have no tracker. False while none is known of it yet, and where qBittorrent doesn't count them (before 4.5). */
  isTrackerless(row: number): boolean {
    const { columns } = this;
    return (
      columns.isGiven(row, 'trackers_count') &&
      columns.number(row, 'trackers_count') === 0 &&
      this.announceUrlsOf(row).length === 0
    );
  }

  /** These rows, and no others, stand under that announce URL. */
  announce(url: string, rows: readonly number[]): void {
    if (this.#told.has(url)) this.#leave(url, rows);
    for (const row of rows) this.putUnder(row, url);
  }

  #leave(url: string, but: readonly number[]): void {
    const stays = new Uint8Array(this.#setOf.length);
    for (const row of but) stays[row] = 1;
    for (let row = 0; row < this.#setOf.length; row += 1) {
      const set = this.#setOf[row] ?? 0;
      if (set !== 0 && stays[row] !== 1 && this.#sets.has(set, url))
        this.#putSet(row, this.#sets.without(set, url));
    }
  }

  putUnder(row: number, url: string): void {
    this.#told.add(url);
    this.#putSet(row, this.#sets.with(this.#setOf[row] ?? 0, url));
  }

  /** A row that a new torrent has taken over. */
  clear(row: number): void {
    this.#putSet(row, 0);
  }

  #putSet(row: number, set: number): void {
    this.#reserve(row);
    if (this.#setOf[row] === set) return;
    this.#setOf[row] = set;
    this.noteChange(row);
  }

  torrentAt(instance: string, row: number): Torrent {
    const { columns } = this;
    const infoHash = columns.infoHashOf(row);
    return {
      key: torrentKey(instance, infoHash),
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
      announceUrls: this.announceUrlsOf(row),
      isTrackerless: this.isTrackerless(row),
    };
  }

  #reserve(row: number): void {
    if (row < this.#setOf.length) return;
    const rows = Math.max(row + 1, this.#setOf.length * 2);
    this.#setOf = grown(new Uint32Array(rows), this.#setOf);
    this.#changedAt = grown(new Uint32Array(rows), this.#changedAt);
  }
}
