import type { Matcher } from '../../control/matching.ts';
import type { Open } from '../../control/open.ts';
import { DEPTH } from '../../control/rate-meter.ts';
import { rolloutBucket } from '../../control/rollout.ts';
import type { WakeSigns } from '../../control/selection.ts';
import { infoHashOf, type TorrentKey } from '../../control/torrent.ts';
import { NOWHERE } from '../../qbittorrent/announce-urls.ts';
import type { TorrentTable } from '../../qbittorrent/torrent-table.ts';

/** Nothing matches. */
const NO_PLACE = Number.POSITIVE_INFINITY;
/** Announce URLs whose places are remembered. */
const MOST_PLACES = 4096;
/** States that are remembered: a real client has some twenty. */
const MOST_STATES = 64;

/** A torrent in one of these states is in touch with its tracker and its peers. */
const ANNOUNCES = /^(uploading|stalledUP|forcedUP|downloading|stalledDL|forcedDL|metaDL|forcedMetaDL)$/;

/**
 * What a cycle has to know of every torrent, read from the table's rows without making an object of each. Nothing
 * that is the same for thousands of torrents is worked out twice: patterns are matched once for each announce URL, states
 * once for each state, rollout buckets once for each torrent.
 */
export class RowReader {
  readonly #table: TorrentTable;
  /** By announce URL in use: the place of the pattern that it matches. */
  readonly #places = new Map<string, number>();
  readonly #announces = new Map<string, boolean>();
  readonly #buckets = new Map<TorrentKey, number>();
  #matcher: Matcher | null = null;
  readonly #signs: Open<WakeSigns> = {
    announces: false,
    leechersConnected: 0,
    leechersKnown: 0,
    lastActivityAt: 0,
    addedAt: 0,
  };

  constructor(table: TorrentTable) {
    this.#table = table;
  }

  /**
   * The tracker that its announce URLs match, the catch-all for one without trackers, or null while unknown. The one in
   * use decides alone when it matches anything but a catch-all; otherwise the first pattern that any of them matches.
   */
  trackerId(row: number, matcher: Matcher): string | null {
    const { rows } = this.#table;
    if (rows.isTrackerless(row)) return matcher.trackerlessId;
    const inUse = this.#placeOfInUse(rows.columns.text(row, 'tracker'), matcher);
    if (inUse !== NO_PLACE && !matcher.isCatchAllAt(inUse)) return matcher.trackerAt(inUse);
    const listed = rows.urls.placeOf(row, matcher);
    return matcher.trackerAt(Math.min(inUse, listed === NOWHERE ? NO_PLACE : listed));
  }

  /** As `trackerId`; null for a torrent that isn't there, too. */
  trackerIdOf(key: TorrentKey, matcher: Matcher): string | null {
    const row = this.#table.rowOf(key);
    return row === undefined ? null : this.trackerId(row, matcher);
  }

  #placeOfInUse(url: string, matcher: Matcher): number {
    if (this.#matcher !== matcher || this.#places.size >= MOST_PLACES) this.#places.clear();
    this.#matcher = matcher;
    const known = this.#places.get(url);
    if (known !== undefined) return known;
    const place = url === '' ? NO_PLACE : matcher.placeOf(url);
    this.#places.set(url, place);
    return place;
  }

  readWakeSigns(row: number, into: Open<WakeSigns>): WakeSigns {
    const { columns } = this.#table.rows;
    into.announces = this.#doesAnnounce(columns.text(row, 'state'));
    into.leechersConnected = columns.number(row, 'num_leechs');
    into.leechersKnown = columns.number(row, 'num_incomplete');
    into.lastActivityAt = columns.number(row, 'last_activity') * 1000;
    into.addedAt = columns.number(row, 'added_on') * 1000;
    return into;
  }

  inRollout(key: TorrentKey, percentage: number): boolean {
    if (percentage >= 100 || percentage <= 0) return percentage >= 100;
    const bucket = this.#buckets.get(key) ?? rolloutBucket(infoHashOf(key));
    // Those of torrents that are gone are not worth looking for.
    if (this.#buckets.size > 2 * this.#table.size) this.#buckets.clear();
    this.#buckets.set(key, bucket);
    return bucket < percentage;
  }

  /** It uploads nothing, and has not for as long as rates are measured. */
  isStill(row: number): boolean {
    const { moves, rows } = this.#table;
    return !moves.hasMoved(row, DEPTH) && rows.columns.number(row, 'upspeed') === 0;
  }

  /** What is known of its waking; the same object each time. */
  wakeSigns(row: number): WakeSigns {
    return this.readWakeSigns(row, this.#signs);
  }

  #doesAnnounce(state: string): boolean {
    const known = this.#announces.get(state);
    if (known !== undefined) return known;
    const does = ANNOUNCES.test(state);
    if (this.#announces.size >= MOST_STATES) this.#announces.clear();
    this.#announces.set(state, does);
    return does;
  }
}
