import { QUOTE } from './json-bytes.ts';

/** Info-hashes as they stand in a list in JSON, `"…","…"`: a tracker's come all at once, and nearly all are known. */
export class InfoHashList {
  readonly #bytes: Uint8Array;
  readonly #from: number;
  readonly #to: number;

  /** @param from of the first quote; `to` is behind the last */
  constructor(bytes: Uint8Array, from: number, to: number) {
    this.#bytes = bytes;
    this.#from = from;
    this.#to = to;
  }

  static of(infoHashes: readonly string[]): InfoHashList {
    const bytes = Buffer.from(infoHashes.map((infoHash) => `"${infoHash}"`).join());
    return new InfoHashList(bytes, 0, bytes.length);
  }

  /** @param visit is given where each one's text is */
  each(visit: (bytes: Uint8Array, from: number, to: number) => void): void {
    for (let at = this.#from; at < this.#to; ) {
      let end = at + 1;
      while (this.#bytes[end] !== QUOTE) end += 1;
      visit(this.#bytes, at + 1, end);
      at = end + 2;
    }
  }
}
