/**
 * Reads an answer of sync/maindata while it arrives. A full picture of 30,000 torrents is up to 50 MB of JSON, and the
 * trackers of torrents with a hundred announce URLs are three times that: parsed whole it would take several times as
 * much memory and stop the event loop for seconds. So each torrent is parsed and reduced to the fields in use as soon
 * as its last byte is there, each list of info-hashes in pieces, and the rest of the answer, which is small, at the end.
 */
import * as t from 'io-ts';
import { announceKey } from './announce-key.ts';
import { MOST_TORRENTS, MOST_URLS } from './answer-limits.ts';
import { BadJson } from './bad-json.ts';
import { decodeAnswer, envelope, infoHash, isInfoHash, type MainData, torrentFields } from './codecs.ts';
import { excerptOf, UnexpectedAnswer } from './errors.ts';
import { JsonSplitter, type Parts, type SomeItems } from './json-splitter.ts';
import { TorrentColumns } from './torrent-columns.ts';
import { TrackerLists } from './tracker-lists.ts';

const PARTS: ReadonlyMap<string, Parts> = new Map<string, Parts>([
  ['torrents', 'members'],
  ['torrents_removed', 'items'],
  ['trackers', 'lists'],
  ['trackers_removed', 'items'],
]);
const KEPT: ReadonlySet<string> = new Set(['rid', 'full_update', 'server_state']);
const HEAD_BYTES = 400;

export class MainDataReader {
  readonly #endpoint: string;
  readonly #torrents: TorrentColumns;
  readonly #torrentsRemoved: string[] = [];
  readonly #trackers: TrackerLists;
  readonly #trackersRemoved: string[] = [];
  readonly #splitter: JsonSplitter;
  #head = '';
  #bytes = 0;

  /**
   * @param torrents takes what the answer says of them: empty ones
   * @param known torrents that the client had before; as many as there can be by default
   */
  constructor(endpoint: string, torrents = new TorrentColumns(), known = MOST_TORRENTS) {
    this.#endpoint = endpoint;
    this.#torrents = torrents;
    this.#trackers = new TrackerLists(() => Math.max(known, torrents.size));
    this.#splitter = new JsonSplitter({
      parts: PARTS,
      kept: KEPT,
      onMember: (_, infoHash, value) => this.#takeTorrent(infoHash, value),
      onItems: (some) => this.#takeItems(some),
    });
  }

  /** @throws UnexpectedAnswer as soon as something can't be right */
  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#head.length < HEAD_BYTES) this.#head += chunk.toString('utf8', 0, HEAD_BYTES);
    this.#reading(() => this.#splitter.push(chunk));
  }

  /** @throws UnexpectedAnswer when the answer is not whole or not of the right shape */
  end(): MainData {
    const rest = decodeAnswer(
      envelope,
      this.#reading(() => this.#splitter.end()),
      this.#endpoint,
    );
    return {
      bytes: this.#bytes,
      rid: rest.rid,
      fullUpdate: rest.full_update ?? false,
      torrents: this.#torrents,
      torrentsRemoved: this.#torrentsRemoved,
      trackers: this.#trackers,
      trackersRemoved: this.#trackersRemoved,
      serverState: rest.server_state ?? {},
    };
  }

  #reading<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof BadJson)) throw error;
      const got = `${excerptOf(this.#head)} (${error.message})`;
      throw new UnexpectedAnswer(this.#endpoint, 200, 'sync data in JSON', got);
    }
  }

  #takeTorrent(infoHash: string, value: unknown): void {
    if (!isInfoHash(infoHash)) {
      throw this.#unexpected('info-hashes of 40 to 64 hex digits in torrents', 'another key');
    }
    const told = decodeAnswer(torrentFields, value, this.#endpoint, `torrents.${infoHash}`);
    if (this.#torrents.size >= MOST_TORRENTS)
      throw this.#unexpected(`at most ${MOST_TORRENTS} torrents`, 'more');
    this.#torrents.set(infoHash, told);
  }

  #takeItems({ name, key, items, areFirst }: SomeItems): void {
    if (name === 'trackers') {
      if (areFirst) this.#trackers.begin(key);
      for (const item of items) {
        if (!this.#trackers.addKnown(item))
          this.#trackers.add(this.#infoHash(item, 'trackers.(announce URL)'));
      }
    } else if (name === 'torrents_removed') {
      this.#checkCount(this.#torrentsRemoved.length + items.length, MOST_TORRENTS, name);
      for (const item of items) this.#torrentsRemoved.push(this.#infoHash(item, name));
    } else {
      this.#checkCount(this.#trackersRemoved.length + items.length, MOST_URLS, name);
      for (const item of items) {
        const url = announceKey(decodeAnswer(t.string, item, this.#endpoint, name));
        if (url !== null) this.#trackersRemoved.push(url);
      }
    }
  }

  #infoHash(item: unknown, path: string): string {
    return decodeAnswer(infoHash, item, this.#endpoint, path);
  }

  #checkCount(count: number, most: number, name: string): void {
    if (count > most) throw this.#unexpected(`at most ${most} items in ${name}`, 'more');
  }

  #unexpected(expected: string, got: string): UnexpectedAnswer {
    return new UnexpectedAnswer(this.#endpoint, 200, expected, got);
  }
}
