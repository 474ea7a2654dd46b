/** Bencoding, as far as .torrent files and tracker answers need it: integers, byte strings, lists, dictionaries. */
export type Bencodable =
  | number
  | string
  | Buffer
  | readonly Bencodable[]
  | { readonly [key: string]: Bencodable };

/** Strings are written as UTF-8, dictionary keys in order of their bytes, as BEP 3 demands. Integers only. */
export function bencode(value: Bencodable): Buffer {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new RangeError(`bencode: expected an integer, got ${value}`);
    return Buffer.from(`i${value}e`);
  }
  if (typeof value === 'string') return bencode(Buffer.from(value));
  if (Buffer.isBuffer(value)) return Buffer.concat([Buffer.from(`${value.length}:`), value]);
  if (isList(value)) return Buffer.concat([Buffer.from('l'), ...value.map(bencode), Buffer.from('e')]);
  const entries = Object.entries(value)
    .map(([key, item]) => [Buffer.from(key), item] as const)
    .sort(([left], [right]) => left.compare(right));
  const parts = entries.flatMap(([key, item]) => [bencode(key), bencode(item)]);
  return Buffer.concat([Buffer.from('d'), ...parts, Buffer.from('e')]);
}

function isList(value: Bencodable): value is readonly Bencodable[] {
  return Array.isArray(value);
}
