/**
 * Reads an answer of sync/maindata while it arrives. A full picture of 30,000 torrents is up to 50 MB of JSON:
 * parsed whole it would take several times that in memory and stop the event loop for half a second. So each
 * torrent is cut out, parsed and reduced to the fields in use as soon as its last byte is there; the rest of
 * the answer is small and is parsed at the end.
 *
 * Modes: before the "torrents" object -> within it, between torrents -> within one torrent -> ... -> after it, where
 * bytes are only collected: trackers, which come then, name every torrent of theirs and are most of many answers.
 * Invariant: bytes that belong to the piece being collected are in `#pieces` or yet to come, never dropped.
 */
import { decodeAnswer, envelope, isInfoHash, type MainData, torrentFields } from './codecs.ts';
import { excerptOf, UnexpectedAnswer } from './errors.ts';
import { TorrentColumns } from './torrent-columns.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Depth of nesting at which the torrents' names stand: { torrents: { here: { ... } } }. */
const TORRENTS_DEPTH = 2;

export class MainDataReader {
  readonly #endpoint: string;
  readonly #torrents = new TorrentColumns();
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

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** @throws UnexpectedAnswer as soon as something can't be right */
  push(chunk: Buffer): void {
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
    const rest = decodeAnswer(envelope, this.#parse(this.#outside + this.#takePieces()), this.#endpoint);
    return {
      rid: rest.rid,
      fullUpdate: rest.full_update ?? false,
      torrents: this.#torrents,
      torrentsRemoved: rest.torrents_removed ?? [],
      trackers: new Map(Object.entries(rest.trackers ?? {})),
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
    const [only] = this.#pieces;
    const bytes = this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces);
    this.#pieces = [];
    return bytes.toString('utf8');
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
