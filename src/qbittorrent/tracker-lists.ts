import { announceKey } from './announce-key.ts';
import {
  MOST_LISTED_AT_LEAST,
  MOST_LISTED_PER_TORRENT,
  MOST_TORRENTS,
  MOST_URLS,
  MOST_URLS_AT_LEAST,
  MOST_URLS_PER_TORRENT,
} from './answer-limits.ts';
import { RowSet } from './row-set.ts';

/**
 * What an answer tells of announce URLs: to each, all the torrents that now have it. With 110 URLs on each of 30,000
 * torrents these are 3.3 million info-hashes, so each is kept once and meant by its number.
 */
export class TrackerLists {
  readonly infoHashes: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #lists = new Map<string, RowSet>();
  readonly #torrents: () => number;
  #dropped = 0;
  #current = new RowSet();

  /** @param torrents that the client is known to have by now; as many as there can be by default */
  constructor(torrents: () => number = () => MOST_TORRENTS) {
    this.#torrents = torrents;
  }

  static of(told: Readonly<Record<string, readonly string[]>>): TrackerLists {
    const lists = new TrackerLists();
    for (const [url, infoHashes] of Object.entries(told)) {
      lists.begin(url);
      for (const infoHash of infoHashes) lists.add(infoHash);
    }
    return lists;
  }

  /** As `announceKey` makes them, with numbers of `infoHashes`. */
  get lists(): ReadonlyMap<string, RowSet> {
    return this.#lists;
  }

  /** URLs and info-hashes past all measure, which were left out. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The list of an announce URL begins; what is none, or one too many, is passed over. */
  begin(url: string): void {
    this.#current = new RowSet();
    const key = announceKey(url);
    if (key === null) return;
    const most = Math.min(MOST_URLS, MOST_URLS_AT_LEAST + MOST_URLS_PER_TORRENT * this.infoHashes.length);
    if (this.#lists.size < most) this.#lists.set(key, this.#current);
    else this.#dropped += 1;
  }

  /** One more in the list that was begun last, when it stood in some list before. Returns whether it did. */
  addKnown(infoHash: unknown): boolean {
    const number = this.#numbers.get(infoHash as string);
    if (number === undefined) return false;
    this.#current.add(number);
    return true;
  }

  /** One more in the list that was begun last. */
  add(infoHash: string): void {
    if (this.addKnown(infoHash)) return;
    if (this.infoHashes.length >= MOST_LISTED_AT_LEAST + MOST_LISTED_PER_TORRENT * this.#torrents()) {
      this.#dropped += 1;
      return;
    }
    const number = this.infoHashes.push(infoHash) - 1;
    this.#numbers.set(infoHash, number);
    this.#current.add(number);
  }
}
