/** The trackers of the sync data, read straight from the bytes: with 30,000 torrents, up to 1.3 MB of info-hashes. */
import { InfoHashList } from './info-hash-list.ts';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  HASH_DIGITS,
  isHash,
  NOT_PLAIN,
  OPEN_BRACKET,
  plainTextEnd,
  QUOTE,
  startsWith,
  valueEnd,
} from './json-bytes.ts';

const NAME = Buffer.from('"trackers":{');

export interface PlainTrackers {
  readonly trackers: ReadonlyMap<string, InfoHashList>;
  /** The bytes without them. */
  readonly others: Buffer;
}

/**
 * Takes the trackers out of what follows the torrents in an answer.
 * @param rest from the brace on that closes the torrents
 * @returns null when there are none, or something isn't as plain as usual
 */
export function takePlainTrackers(rest: Buffer): PlainTrackers | null {
  for (let at = 1; rest[at] === COMMA && rest[at + 1] === QUOTE; ) {
    if (startsWith(rest, at + 1, NAME)) {
      const trackers = new Map<string, InfoHashList>();
      const end = readTrackers(rest, at + 1 + NAME.length, trackers);
      if (end === NOT_PLAIN) return null;
      return { trackers, others: Buffer.concat([rest.subarray(0, at), rest.subarray(end)]) };
    }
    const nameEnd = plainTextEnd(rest, at + 2);
    if (nameEnd === NOT_PLAIN || rest[nameEnd + 1] !== COLON) return null;
    at = valueEnd(rest, nameEnd + 2);
  }
  return null;
}

/** @param from behind the opening brace. Returns the byte after the closing one. */
function readTrackers(bytes: Buffer, from: number, trackers: Map<string, InfoHashList>): number {
  let at = from;
  if (bytes[at] === CLOSE_BRACE) return at + 1;
  for (;;) {
    if (bytes[at] !== QUOTE) return NOT_PLAIN;
    const urlEnd = plainTextEnd(bytes, at + 1);
    if (urlEnd === NOT_PLAIN || bytes[urlEnd + 1] !== COLON || bytes[urlEnd + 2] !== OPEN_BRACKET)
      return NOT_PLAIN;
    const listAt = urlEnd + 3;
    const listEnd = plainListEnd(bytes, listAt);
    if (listEnd === NOT_PLAIN) return NOT_PLAIN;
    trackers.set(bytes.toString('utf8', at + 1, urlEnd), new InfoHashList(bytes, listAt, listEnd));
    const next = bytes[listEnd + 1];
    if (next === CLOSE_BRACE) return listEnd + 2;
    if (next !== COMMA) return NOT_PLAIN;
    at = listEnd + 2;
  }
}

/** Where the bracket is that closes a list of info-hashes. */
function plainListEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  if (bytes[at] === CLOSE_BRACKET) return at;
  for (;;) {
    const end = at + 1 + HASH_DIGITS;
    if (bytes[at] !== QUOTE || bytes[end] !== QUOTE || !isHash(bytes, at + 1)) return NOT_PLAIN;
    if (bytes[end + 1] === CLOSE_BRACKET) return end + 1;
    if (bytes[end + 1] !== COMMA) return NOT_PLAIN;
    at = end + 2;
  }
}
