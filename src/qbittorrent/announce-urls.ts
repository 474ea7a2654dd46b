import type { Steps } from '../control/steps.ts';
import { announceText } from './announce-key.ts';
import { MOST_URLS, MOST_URLS_OF_ONE, MOST_URLS_OF_ONE_WHEN_FULL } from './answer-limits.ts';
import { LeftOutUrls } from './left-out-urls.ts';
import { RowSet } from './row-set.ts';

/** Where a URL stands among the patterns: the place of the first that matches it, Infinity for none. */
export interface UrlJudge {
  placeOf(url: string): number;
}

/** So many are judged in a step: each is a search for every pattern. */
const JUDGED_AT_A_TIME = 16;

interface Listed {
  readonly url: string;
  rows: RowSet;
  /** As the judge of the last look said; null: not asked yet. */
  place: number | null;
}

/** The row is under no URL that any pattern matches. */
export const NOWHERE = 0xffff;

/**
 * Which torrents stand under which announce URLs, by URL: one that thousands have in common costs a bit for each of
 * them, whatever others each has besides.
 */
export class AnnounceUrls {
  readonly leftOut = new LeftOutUrls();
  readonly #lists = new Map<string, Listed>();
  /** By row: under how many URLs it stands. */
  readonly #counts: number[] = [];
  #judge: UrlJudge | null = null;
  #places: Uint16Array | null = null;

  /** A torrent is under so many. */
  countOf(row: number): number {
    return this.#counts[row] ?? 0;
  }

  /** In the order in which they were told. */
  of(row: number): string[] {
    return [...this.#lists.values()].filter(({ rows }) => rows.has(row)).map(({ url }) => announceText(url));
  }

  /** As `of`, of all rows at once: for those who look once. */
  byRow(): string[][] {
    const urls: string[][] = [];
    for (const { url, rows } of this.#lists.values()) {
      const text = announceText(url);
      rows.each((row) => {
        urls[row] ??= [];
        urls[row].push(text);
      });
    }
    return urls;
  }

  /** How many torrents stand under each. */
  *sizes(): IterableIterator<number> {
    for (const { rows } of this.#lists.values()) yield rows.size;
  }

  /**
   * These rows, and no others, stand under that URL. A torrent that is under 1,024 others is not put under it.
   * When there are `MOST_URLS` URLs, a new one is taken only for a torrent that is under few others.
   * @param url as `announceKey` makes it
   * @param now is not to be used afterwards
   * @param onChange is told each row that was put under it, or is under it no more
   */
  tell(url: string, now: RowSet, onChange: (row: number) => void): void {
    const listed = this.#lists.get(url);
    const before = listed?.rows ?? new RowSet();
    const left: number[] = [];
    const joined: number[] = [];
    const refused: number[] = [];
    before.eachBut(now, (row) => left.push(row));
    now.eachBut(before, (row) => (this.countOf(row) < MOST_URLS_OF_ONE ? joined : refused).push(row));
    if (listed === undefined && !this.#hasRoomFor(joined)) refused.push(...joined.splice(0));
    for (const row of refused) {
      now.delete(row);
      this.leftOut.note(row);
    }
    for (const row of left) this.#counts[row] = this.countOf(row) - 1;
    for (const row of joined) this.#counts[row] = this.countOf(row) + 1;
    if (now.size === 0) this.#lists.delete(url);
    else if (listed === undefined) this.#lists.set(url, { url, rows: now, place: null });
    else listed.rows = now;
    if (left.length + joined.length > 0) this.#places = null;
    left.forEach(onChange);
    joined.forEach(onChange);
  }

  /** That row stands under that URL, too. */
  put(row: number, url: string): void {
    const listed = this.#lists.get(url) ?? { url, rows: new RowSet(), place: null };
    if (listed.rows.has(row)) return;
    if (this.countOf(row) >= MOST_URLS_OF_ONE || (listed.rows.size === 0 && !this.#hasRoomFor([row]))) {
      this.leftOut.note(row);
      return;
    }
    listed.rows.add(row);
    this.#lists.set(url, listed);
    this.#counts[row] = this.countOf(row) + 1;
    this.#places = null;
  }

  /** The torrents of these rows are gone. */
  forget(gone: RowSet): void {
    if (gone.size === 0) return;
    this.#places = null;
    for (const [url, { rows }] of this.#lists) {
      if (rows.size < gone.size) {
        const both: number[] = [];
        rows.each((row) => {
          if (gone.has(row)) both.push(row);
        });
        for (const row of both) rows.delete(row);
      } else gone.each((row) => rows.delete(row));
      if (rows.size === 0) this.#lists.delete(url);
    }
    gone.each((row) => {
      this.#counts[row] = 0;
      this.leftOut.forget(row);
    });
  }

  #hasRoomFor(rows: readonly number[]): boolean {
    if (this.#lists.size < MOST_URLS) return true;
    return rows.some((row) => this.countOf(row) < MOST_URLS_OF_ONE_WHEN_FULL);
  }

  /** Asks the judge about each URL that it was not asked about yet, so that `placeOf` need not. */
  *judgeInSteps(judge: UrlJudge): Steps<void> {
    this.#use(judge);
    let asked = 0;
    for (const listed of this.#lists.values()) {
      if (listed.place !== null) continue;
      listed.place = judge.placeOf(listed.url);
      asked += 1;
      if (asked % JUDGED_AT_A_TIME === 0) yield;
      // Another may have been asked meanwhile.
      if (this.#judge !== judge) return;
    }
  }

  /** The first place that the judge gives any URL of that row; NOWHERE when it gives none. */
  placeOf(row: number, judge: UrlJudge): number {
    this.#use(judge);
    this.#places ??= this.#findPlaces(judge);
    return this.#places[row] ?? NOWHERE;
  }

  #use(judge: UrlJudge): void {
    if (this.#judge === judge) return;
    for (const listed of this.#lists.values()) listed.place = null;
    this.#places = null;
    this.#judge = judge;
  }

  /** Place by place: a row belongs to the first that has it, and isn't looked at again. */
  #findPlaces(judge: UrlJudge): Uint16Array {
    const byPlace = new Map<number, RowSet[]>();
    for (const listed of this.#lists.values()) {
      listed.place ??= judge.placeOf(listed.url);
      if (listed.place >= NOWHERE) continue;
      const same = byPlace.get(listed.place);
      if (same === undefined) byPlace.set(listed.place, [listed.rows]);
      else same.push(listed.rows);
    }
    const places = new Uint16Array(this.#counts.length).fill(NOWHERE);
    const placed = new RowSet();
    for (const [place, sets] of [...byPlace].sort(([a], [b]) => a - b)) {
      for (const rows of sets) {
        const found: number[] = [];
        rows.eachBut(placed, (row) => found.push(row));
        for (const row of found) {
          placed.add(row);
          places[row] = place;
        }
      }
    }
    return places;
  }
}
