import { announceKey } from './announce-key.ts';
import {
  MOST_LISTED_AT_LEAST,
  MOST_LISTED_PER_TORRENT,
  MOST_TORRENTS,
  MOST_URLS,
  MOST_URLS_AT_LEAST,
  MOST_URLS_OF_ONE,
  MOST_URLS_PER_TORRENT,
} from './answer-limits.ts';
import { RowSet } from './row-set.ts';

interface List {
  readonly infoHashes: RowSet;
  /** The lowest place that the URL has among those of any of its torrents, from 1; Infinity without torrents. */
  readonly rank: number;
}

/**
 * What an answer says of announce URLs: for each URL, all the torrents that now have it. With 110 URLs on each of
 * 30,000 torrents these are 3.3 million info-hashes, so each is kept once and referred to by its number.
 *
 * Bounds: a torrent counts under its first 1,024 URLs. When the answer has more URLs than there is room for, a URL
 * stays if it is among the first 1,024 (then 512, 256, ...) of any of its torrents. So torrents with very many URLs
 * lose their own URLs, and no URL of torrents with few.
 */
export class TrackerLists {
  readonly infoHashes: string[] = [];
  readonly #numbers = new Map<string, number>();
  /** By number: under how many URLs it was told. */
  readonly #told: number[] = [];
  readonly #lists = new Map<string, List>();
  readonly #torrents: () => number;
  readonly #cut = new RowSet();
  #unlisted = 0;
  #quota = Number.POSITIVE_INFINITY;
  /** Of the list that was begun last; null for one that is passed over. */
  #key: string | null = null;
  #current = new RowSet();
  #rank = Number.POSITIVE_INFINITY;

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

  /** URLs as `announceKey` makes them, with numbers of `infoHashes`. Ends the list that was begun last. */
  *lists(): IterableIterator<readonly [url: string, numbers: RowSet]> {
    this.#end();
    for (const [url, { infoHashes }] of this.#lists) yield [url, infoHashes];
  }

  /** Info-hashes of which some announce URLs were left out, as there were too many. */
  cut(): string[] {
    this.#end();
    const cut: string[] = [];
    this.#cut.each((number) => cut.push(this.infoHashes[number] ?? ''));
    return cut;
  }

  /** Entries left out since more info-hashes were listed than the client can have torrents. */
  get unlisted(): number {
    return this.#unlisted;
  }

  /** The list of an announce URL begins. A text that is no announce URL is passed over. */
  begin(url: string): void {
    this.#end();
    this.#key = announceKey(url);
  }

  /** One more in the list that was begun last, when it stood in some list before. Returns whether it did. */
  addKnown(infoHash: unknown): boolean {
    const number = this.#numbers.get(infoHash as string);
    if (number === undefined) return false;
    this.#put(number);
    return true;
  }

  /** One more in the list that was begun last. */
  add(infoHash: string): void {
    if (this.addKnown(infoHash)) return;
    if (this.infoHashes.length >= MOST_LISTED_AT_LEAST + MOST_LISTED_PER_TORRENT * this.#torrents()) {
      this.#unlisted += 1;
      return;
    }
    const number = this.infoHashes.push(infoHash) - 1;
    this.#numbers.set(infoHash, number);
    this.#told.push(0);
    this.#put(number);
  }

  #put(number: number): void {
    if (this.#key === null) return;
    const told = (this.#told[number] ?? 0) + 1;
    this.#told[number] = told;
    if (told > MOST_URLS_OF_ONE) {
      this.#cut.add(number);
      return;
    }
    if (told < this.#rank) this.#rank = told;
    this.#current.add(number);
  }

  #end(): void {
    const key = this.#key;
    if (key === null) return;
    const list: List = { infoHashes: this.#current, rank: this.#rank };
    this.#key = null;
    this.#current = new RowSet();
    this.#rank = Number.POSITIVE_INFINITY;
    const room = Math.min(MOST_URLS, MOST_URLS_AT_LEAST + MOST_URLS_PER_TORRENT * this.#torrents());
    while (this.#lists.size >= room && this.#quota > 1) this.#tighten();
    if (list.rank > this.#quota || this.#lists.size >= room) this.#leaveOut(list);
    else this.#lists.set(key, list);
  }

  #tighten(): void {
    this.#quota = Math.min(MOST_URLS_OF_ONE, this.#quota / 2);
    for (const [url, list] of this.#lists) {
      if (list.rank <= this.#quota) continue;
      this.#lists.delete(url);
      this.#leaveOut(list);
    }
  }

  #leaveOut({ infoHashes }: List): void {
    infoHashes.each((number) => this.#cut.add(number));
  }
}
