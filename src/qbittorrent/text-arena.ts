/**
 * Many short texts in one buffer, by number: 30,000 names as strings would cost twice as much, and every one of them
 * is something for the garbage collector to look at.
 *
 * Invariant: text `n` is the UTF-8 bytes from `#starts[n]` on, `#lengths[n]` of them; bytes that no text owns any
 * more are fewer than those that are owned, or fewer than `SLACK_BYTES`.
 */
import { grown } from '../control/grown.ts';

const SLACK_BYTES = 64 * 1024;
/** qBittorrent's names are file names: longer ones are cut. */
export const LONGEST_BYTES = 1024;
const FIRST_BYTES = 16 * 1024;
const FIRST_TEXTS = 64;
/** For a text's UTF-8. */
const SCRATCH = Buffer.alloc(LONGEST_BYTES);

export class TextArena {
  #bytes: Buffer;
  #used = 0;
  #owned = 0;
  #starts: Uint32Array;
  #lengths: Uint32Array;

  /** @param texts that there is room for from the start, and of how many bytes together */
  constructor(texts = FIRST_TEXTS, bytes = 0) {
    this.#bytes = Buffer.alloc(Math.max(FIRST_BYTES, Math.ceil(bytes)));
    this.#starts = new Uint32Array(texts);
    this.#lengths = new Uint32Array(texts);
  }

  /** By texts, those too that were replaced since room was last made. */
  get usedBytes(): number {
    return this.#used;
  }

  /** What is reserved for texts, bytes. */
  get capacityBytes(): number {
    return this.#bytes.length;
  }

  /** All texts: where one is, `startOf` and `lengthOf` say, until the next is set. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  startOf(index: number): number {
    return this.#starts[index] ?? 0;
  }

  /** Bytes. */
  lengthOf(index: number): number {
    return this.#lengths[index] ?? 0;
  }

  get(index: number): string {
    const start = this.#starts[index] ?? 0;
    return this.#bytes.toString('utf8', start, start + (this.#lengths[index] ?? 0));
  }

  equals(index: number, bytes: Uint8Array, from: number, to: number): boolean {
    const length = to - from;
    if (this.#lengths[index] !== length) return false;
    const start = this.#starts[index] ?? 0;
    const own = this.#bytes;
    for (let at = 0; at < length; at += 1) if (own[start + at] !== bytes[from + at]) return false;
    return true;
  }

  /** A text by its UTF-8, however long it is. */
  setBytes(index: number, bytes: Uint8Array, from: number, to: number): void {
    this.#reserveIndex(index);
    const length = to - from;
    this.#owned += length - (this.#lengths[index] ?? 0);
    this.#lengths[index] = 0;
    this.#reserveBytes(length);
    // Most are short: a view of each for `set` would cost more than its bytes.
    for (let at = 0; at < length; at += 1) this.#bytes[this.#used + at] = bytes[from + at] ?? 0;
    this.#starts[index] = this.#used;
    this.#lengths[index] = length;
    this.#used += length;
  }

  /** Forgets all texts, and keeps the room. */
  clear(): void {
    this.#lengths.fill(0);
    this.#used = 0;
    this.#owned = 0;
  }

  /** A longer one is cut to LONGEST_BYTES, never within a character. */
  set(index: number, text: string): void {
    this.setBytes(index, SCRATCH, 0, SCRATCH.write(text));
  }

  #reserveIndex(index: number): void {
    if (index < this.#starts.length) return;
    const capacity = Math.max(index + 1, this.#starts.length * 2);
    this.#starts = grown(new Uint32Array(capacity), this.#starts);
    this.#lengths = grown(new Uint32Array(capacity), this.#lengths);
  }

  #reserveBytes(count: number): void {
    const abandoned = this.#used - this.#owned + count;
    const isWasteful = abandoned > SLACK_BYTES && abandoned > this.#owned;
    if (!isWasteful && this.#used + count <= this.#bytes.length) return;
    const capacity = Math.max(FIRST_BYTES, (this.#owned + count) * (isWasteful ? 1.25 : 1.5));
    const bytes = Buffer.alloc(Math.ceil(capacity));
    let used = 0;
    for (let index = 0; index < this.#starts.length; index += 1) {
      const length = this.#lengths[index] ?? 0;
      if (length === 0) continue;
      const start = this.#starts[index] ?? 0;
      this.#bytes.copy(bytes, used, start, start + length);
      this.#starts[index] = used;
      used += length;
    }
    this.#bytes = bytes;
    this.#used = used;
  }
}
