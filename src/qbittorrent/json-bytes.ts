/**
 * JSON as bytes, as far as it is plain: no white space, no escapes. All that qBittorrent sends is, but for a name here
 * and there. Whoever meets something else gets NOT_PLAIN, and reads it with a parser that takes all of JSON.
 */
export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const COLON = 0x3a;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const FIRST_PRINTABLE = 0x20;

/** Also: the bytes end before the value does. */
export const NOT_PLAIN = -1;

const LITERALS = ['true', 'false', 'null'].map((literal) => Buffer.from(literal));

/** @param from the first byte of the text. Returns where its closing quote is. */
export function plainTextEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH || byte < FIRST_PRINTABLE) return NOT_PLAIN;
  }
  return NOT_PLAIN;
}

/** Where the digits end that begin at `from`: at least one, and no other after a leading 0. */
export function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isDigit(bytes[at])) at += 1;
  const isNumber = at > from && (at === from + 1 || bytes[from] !== ZERO);
  return isNumber && at < bytes.length ? at : NOT_PLAIN;
}

/** The value of digits; exact for up to 15 of them. */
export function integerOf(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) value = value * 10 + ((bytes[at] ?? ZERO) - ZERO);
  return value;
}

/** Where a number, text or literal ends: the byte after it. Lists and objects are not plain, nor are exponents. */
export function plainScalarEnd(bytes: Uint8Array, from: number): number {
  const first = bytes[from];
  if (first === QUOTE) {
    const end = plainTextEnd(bytes, from + 1);
    return end === NOT_PLAIN ? NOT_PLAIN : end + 1;
  }
  if (first === MINUS || isDigit(first)) return plainNumberEnd(bytes, from);
  for (const literal of LITERALS) if (startsWith(bytes, from, literal)) return from + literal.length;
  return NOT_PLAIN;
}

function plainNumberEnd(bytes: Uint8Array, from: number): number {
  const whole = digitsEnd(bytes, bytes[from] === MINUS ? from + 1 : from);
  if (whole === NOT_PLAIN || bytes[whole] !== POINT) return whole;
  let at = whole + 1;
  while (isDigit(bytes[at])) at += 1;
  return at > whole + 1 && at < bytes.length ? at : NOT_PLAIN;
}

/** Where any value ends, when it is well-formed: the byte after it. NOT_PLAIN when the bytes end before. */
export function valueEnd(bytes: Uint8Array, from: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = textEnd(bytes, at + 1);
      if (at === NOT_PLAIN) return NOT_PLAIN;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (depth === 0 && (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET)) return at;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
  }
  return NOT_PLAIN;
}

function textEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at += 1) {
    if (bytes[at] === BACKSLASH) at += 1;
    else if (bytes[at] === QUOTE) return at;
  }
  return NOT_PLAIN;
}

export function startsWith(bytes: Uint8Array, from: number, start: Uint8Array): boolean {
  for (let index = 0; index < start.length; index += 1)
    if (bytes[from + index] !== start[index]) return false;
  return true;
}

/** 40 hex digits from `from` on, in any case. */
export function isHash(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < from + HASH_DIGITS; at += 1) if (HEX[bytes[at] ?? 0] !== 1) return false;
  return true;
}

/** Of the info-hash that the WebUI API knows a torrent by. */
export const HASH_DIGITS = 40;
const HEX = new Uint8Array(256);
for (const digit of Buffer.from('0123456789abcdefABCDEF')) HEX[digit] = 1;

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
