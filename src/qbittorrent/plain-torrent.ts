/**
 * Torrents of the sync data read straight from the bytes into columns: nine tenths of an answer are torrents, and to
 * parse each into an object only to take its fields out again is half of a cycle's work and garbage.
 */
import {
  CLOSE_BRACE,
  COLON,
  COMMA,
  digitsEnd,
  HASH_DIGITS,
  integerOf,
  isHash,
  MINUS,
  NOT_PLAIN,
  OPEN_BRACE,
  plainScalarEnd,
  plainTextEnd,
  QUOTE,
} from './json-bytes.ts';
import { LONGEST_BYTES } from './text-arena.ts';
import { NOT_FOUND, TextIndex } from './text-index.ts';
import type { TorrentColumns } from './torrent-columns.ts';
import { FIELDS, isText } from './torrent-fields.ts';

/** More could be inexact. */
const MOST_DIGITS = 15;

const fieldNames = new TextIndex();
for (const [index, field] of FIELDS.entries()) {
  const name = Buffer.from(field);
  fieldNames.add(index, name, 0, name.length);
}
/** No column, but a name for those torrents whose id it isn't. */
const V1_HASH = FIELDS.length;
const v1HashName = Buffer.from('infohash_v1');
fieldNames.add(V1_HASH, v1HashName, 0, v1HashName.length);

/**
 * Reads `"info-hash":{…}` into the columns. Returns where its last brace is; NOT_PLAIN when something isn't as plain as
 * usual, or the bytes end before: then some fields may be in the columns already, with the values of the answer.
 * @param from where its first quote is
 */
export function readPlainTorrent(bytes: Uint8Array, from: number, columns: TorrentColumns): number {
  const hashAt = from + 1;
  const hashEnd = hashAt + HASH_DIGITS;
  if (bytes[hashEnd] !== QUOTE || bytes[hashEnd + 1] !== COLON || bytes[hashEnd + 2] !== OPEN_BRACE)
    return NOT_PLAIN;
  if (!isHash(bytes, hashAt)) return NOT_PLAIN;
  const row = columns.open(bytes, hashAt, hashEnd);
  let at = hashEnd + 3;
  if (bytes[at] === CLOSE_BRACE) return at;
  for (;;) {
    if (bytes[at] !== QUOTE) return NOT_PLAIN;
    const nameEnd = plainTextEnd(bytes, at + 1);
    if (nameEnd === NOT_PLAIN || bytes[nameEnd + 1] !== COLON) return NOT_PLAIN;
    const end = readField(bytes, nameEnd + 2, columns, row, fieldNames.find(bytes, at + 1, nameEnd));
    if (end === NOT_PLAIN) return NOT_PLAIN;
    if (bytes[end] === CLOSE_BRACE) return end;
    if (bytes[end] !== COMMA) return NOT_PLAIN;
    at = end + 1;
  }
}

/** @param number of the field, NOT_FOUND for one that isn't used. Returns the byte after its value. */
function readField(
  bytes: Uint8Array,
  at: number,
  columns: TorrentColumns,
  row: number,
  number: number,
): number {
  if (number === V1_HASH) {
    const textEnd = bytes[at] === QUOTE ? plainTextEnd(bytes, at + 1) : NOT_PLAIN;
    if (textEnd === NOT_PLAIN) return NOT_PLAIN;
    columns.putV1Hash(row, bytes, at + 1, textEnd);
    return textEnd + 1;
  }
  const field = number === NOT_FOUND ? undefined : FIELDS[number];
  if (field === undefined) return plainScalarEnd(bytes, at);
  if (isText(field)) {
    const textEnd = bytes[at] === QUOTE ? plainTextEnd(bytes, at + 1) : NOT_PLAIN;
    if (textEnd === NOT_PLAIN || (field === 'name' && textEnd - at - 1 > LONGEST_BYTES)) return NOT_PLAIN;
    columns.putText(row, field, bytes, at + 1, textEnd);
    return textEnd + 1;
  }
  const isNegative = bytes[at] === MINUS;
  const digitsAt = isNegative ? at + 1 : at;
  const end = digitsEnd(bytes, digitsAt);
  if (end === NOT_PLAIN || end - digitsAt > MOST_DIGITS) return NOT_PLAIN;
  const value = integerOf(bytes, digitsAt, end);
  columns.putNumber(row, field, isNegative ? 0 - value : value);
  return end;
}
