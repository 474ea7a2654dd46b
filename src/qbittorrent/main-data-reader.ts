/**
 * Reads an answer of sync/maindata while it arrives. A full picture of 30,000 torrents is up to 50 MB of JSON:
 * parsed whole it would take several times that in memory and stop the event loop for half a second. So each
 * torrent is cut out, parsed and reduced to the fields in use as soon as its last byte is there; the rest of
 * the answer is small and is parsed at the end.
 *
 * A torrent that is whole in a chunk and as plain as usual is read straight from its bytes; so are the trackers, which
 * come after the torrents and name every one of theirs. What is not goes the way of all JSON.
 *
 * Modes: before the "torrents" object -> within it, between torrents -> within one torrent -> ... -> after it, where
 * bytes are only collected.
 * Invariant: bytes that belong to the piece being collected are in `#pieces` or yet to come, never dropped.
 */
import { decodeAnswer, envelope, isInfoHash, type MainData, torrentFields } from './codecs.ts';
import { excerptOf, UnexpectedAnswer } from './errors.ts';
import { InfoHashList } from './info-hash-list.ts';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  NOT_PLAIN,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './json-bytes.ts';
import { readPlainTorrent } from './plain-torrent.ts';
import { takePlainTrackers } from './plain-trackers.ts';
import { TorrentColumns } from './torrent-columns.ts';

/** Depth of nesting at which the torrents' names stand: { torrents: { here: { ... } } }. */
const TORRENTS_DEPTH = 2;

export class MainDataReader {
  readonly #endpoint: string;
  readonly #torrents: TorrentColumns;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #inTorrents = false;
  #afterTorrents = false;
  /** The key or text last read at a depth where keys matter. */
  #lastText = '';
  /** Info-hash whose object comes next, or is being read. */
  #hash: string | null = null;
  #pieces: Buffer[] = [];
  #outside = '';
  readonly #textPieces: Buffer[] = [];
  #head = '';
  #bytes = 0;

  /** @param torrents takes what the answer says of them: empty ones */
  constructor(endpoint: string, torrents = new TorrentColumns()) {
    this.#endpoint = endpoint;
    this.#torrents = torrents;
  }

  /** @throws UnexpectedAnswer as soon as something can't be right */
  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#head === '') this.#head = chunk.toString('utf8', 0, 400);
    if (this.#afterTorrents) this.#pieces.push(chunk);
    else this.#scan(chunk);
  }

  #scan(chunk: Buffer): void {
    let pieceStart = 0;
    let textStart = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      if (this.#inString) {
        at = this.#stringEnd(chunk, at);
        if (at === chunk.length) break;
        this.#inString = false;
        if (this.#keysMatter()) this.#endText(chunk.subarray(textStart, at));
        continue;
      }
      const byte = chunk[at];
      switch (byte) {
        case QUOTE:
          if (this.#inTorrents && this.#depth === TORRENTS_DEPTH && this.#hash === null) {
            const end = readPlainTorrent(chunk, at, this.#torrents);
            if (end !== NOT_PLAIN) {
              at = end;
              break;
            }
          }
          this.#inString = true;
          textStart = at + 1;
          break;
        case OPEN_BRACE:
        case OPEN_BRACKET:
          if (this.#depth === 1 && byte === OPEN_BRACE && this.#lastText === 'torrents') {
            this.#pieces.push(chunk.subarray(pieceStart, at + 1));
            this.#outside += this.#takePieces();
            this.#inTorrents = true;
          } else if (this.#inTorrents && this.#depth === TORRENTS_DEPTH) {
            if (this.#hash === null || byte !== OPEN_BRACE) throw this.#malformed();
            pieceStart = at;
            this.#pieces = [];
          }
          this.#depth += 1;
          break;
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          this.#depth -= 1;
          if (!this.#inTorrents) break;
          if (this.#depth === TORRENTS_DEPTH) {
            this.#pieces.push(chunk.subarray(pieceStart, at + 1));
            this.#endTorrent(this.#takePieces());
          } else if (this.#depth === TORRENTS_DEPTH - 1) {
            if (this.#hash !== null) throw this.#malformed();
            this.#inTorrents = false;
            this.#afterTorrents = true;
            this.#pieces.push(chunk.subarray(at));
            return;
          }
          break;
        default:
          break;
      }
    }
    if (this.#collecting()) this.#pieces.push(chunk.subarray(pieceStart));
    if (this.#inString && this.#keysMatter()) this.#textPieces.push(chunk.subarray(textStart));
  }

  /** @throws UnexpectedAnswer when the answer is not whole or not of the right shape */
  end(): MainData {
    if (!this.#afterTorrents && (this.#depth !== 0 || this.#inString)) throw this.#malformed();
    const collected = this.#takeBytes();
    const plain = this.#afterTorrents ? takePlainTrackers(collected) : null;
    const others = (plain?.others ?? collected).toString('utf8');
    const rest = decodeAnswer(envelope, this.#parse(this.#outside + others), this.#endpoint);
    return {
      bytes: this.#bytes,
      rid: rest.rid,
      fullUpdate: rest.full_update ?? false,
      torrents: this.#torrents,
      torrentsRemoved: rest.torrents_removed ?? [],
      trackers: plain?.trackers ?? trackersOf(rest.trackers ?? {}),
      trackersRemoved: rest.trackers_removed ?? [],
      serverState: rest.server_state ?? {},
    };
  }

  /** Where the string that `from` lies in ends, or the chunk's length when it goes on. */
  #stringEnd(chunk: Buffer, from: number): number {
    let escaped = this.#escaped;
    let at = from;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) break;
    }
    this.#escaped = escaped;
    return at;
  }

  /** Between torrents there is nothing to keep but their names. */
  #collecting(): boolean {
    return !this.#inTorrents || this.#depth > TORRENTS_DEPTH;
  }

  #keysMatter(): boolean {
    return this.#depth === 1 || (this.#inTorrents && this.#depth === TORRENTS_DEPTH);
  }

  #endText(last: Buffer): void {
    const text = this.#textPieces.length === 0 ? last : Buffer.concat([...this.#textPieces, last]);
    this.#textPieces.length = 0;
    this.#lastText = text.toString('utf8');
    if (!this.#inTorrents) return;
    if (this.#hash !== null) throw this.#malformed();
    if (!isInfoHash(this.#lastText)) {
      throw new UnexpectedAnswer(
        this.#endpoint,
        200,
        'info-hashes of 40 to 64 hex digits in torrents',
        'another key',
      );
    }
    this.#hash = this.#lastText;
  }

  #endTorrent(json: string): void {
    const hash = this.#hash;
    if (hash === null) throw this.#malformed();
    this.#torrents.set(
      hash,
      decodeAnswer(torrentFields, this.#parse(json), this.#endpoint, `torrents.${hash}`),
    );
    this.#hash = null;
  }

  #takePieces(): string {
    return this.#takeBytes().toString('utf8');
  }

  #takeBytes(): Buffer {
    const [only] = this.#pieces;
    const bytes = this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces);
    this.#pieces = [];
    return bytes;
  }

  #parse(json: string): unknown {
    try {
      return JSON.parse(json);
    } catch {
      // Not as a cause: V8 quotes the text around the fault, which may hold a passkey.
      throw this.#malformed();
    }
  }

  #malformed(): UnexpectedAnswer {
    return new UnexpectedAnswer(this.#endpoint, 200, 'sync data in JSON', excerptOf(this.#head));
  }
}

function trackersOf(told: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, InfoHashList> {
  return new Map(Object.entries(told).map(([url, infoHashes]) => [url, InfoHashList.of(infoHashes)]));
}
