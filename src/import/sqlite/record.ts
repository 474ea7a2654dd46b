/** Pure: varints and records, as cells of a table hold them. */
import type { TextEncoding } from './pages.ts';

export type Value = number | bigint | string | Uint8Array | null;

export interface Varint {
  readonly value: number;
  /** Where the next begins. */
  readonly end: number;
}

/** Bytes whose bits a number holds exactly. */
const EXACT_BYTES = 7;

/** Throws RangeError when it is cut off, or larger than a number is exact. */
export function readVarint(bytes: Buffer, at: number): Varint {
  let value = 0;
  for (let index = 0; index < EXACT_BYTES; index += 1) {
    const byte = bytes.readUInt8(at + index);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, end: at + index + 1 };
  }
  const eighth = bytes.readUInt8(at + EXACT_BYTES);
  const large = (BigInt(value) << 7n) | BigInt(eighth & 0x7f);
  if (eighth < 0x80) return { value: exact(large), end: at + 8 };
  const ninth = BigInt(bytes.readUInt8(at + 8));
  return { value: exact(BigInt.asIntN(64, (large << 8n) | ninth)), end: at + 9 };
}

function exact(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`the number ${value} is too large`);
  return number;
}

/** The values of a record, in the order of the columns. Throws RangeError when it contradicts itself. */
export function decodeRecord(payload: Buffer, encoding: TextEncoding): Value[] {
  const head = readVarint(payload, 0);
  if (head.value > payload.length) throw new RangeError('a record is shorter than its own header');
  const values: Value[] = [];
  let at = head.end;
  let body = head.value;
  while (at < head.value) {
    const type = readVarint(payload, at);
    at = type.end;
    const length = lengthOf(type.value);
    if (body + length > payload.length) throw new RangeError('a record is cut off');
    values.push(decodeValue(type.value, payload.subarray(body, body + length), encoding));
    body += length;
  }
  return values;
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8] as const;

function lengthOf(type: number): number {
  const integer = INTEGER_BYTES[type];
  if (integer !== undefined) return integer;
  if (type === 7) return 8;
  if (type === 8 || type === 9) return 0;
  if (type < 12) throw new RangeError(`a value has the unknown type ${type}`);
  return Math.floor((type - 12) / 2);
}

function decodeValue(type: number, bytes: Buffer, encoding: TextEncoding): Value {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type === 7) return bytes.readDoubleBE(0);
  if (type === 6) return narrow(bytes.readBigInt64BE(0));
  if (type <= 5) return bytes.readIntBE(0, bytes.length);
  if (type % 2 === 0) return new Uint8Array(bytes);
  return encoding === 'utf-8' ? bytes.toString() : new TextDecoder(encoding).decode(bytes);
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
