/**
 * Numbered texts, found by their bytes: what a map of strings would do, with nothing for the garbage collector to look
 * at and without making a string of what is looked for. A hash table with open addressing and linear probing.
 *
 * Invariant: from a text's own slot (its hash) to the one that has it no slot is free; at most half of them are taken.
 */
import { TextArena } from './text-arena.ts';

const FREE = -1;
export const NOT_FOUND = -1;
const FIRST_SLOTS = 128;
/** For texts that are looked for, so that no buffer is made for each. */
const SCRATCH = Buffer.alloc(256);

export class TextIndex {
  readonly #texts: TextArena;
  #slots: Int32Array;
  #size = 0;

  /** @param texts that there is room for from the start, and of how many bytes together; little by default */
  constructor(texts?: number, bytes?: number) {
    this.#texts = new TextArena(texts, bytes);
    let slots = FIRST_SLOTS;
    while (slots < 2 * (texts ?? 0)) slots *= 2;
    this.#slots = new Int32Array(slots).fill(FREE);
  }

  get size(): number {
    return this.#size;
  }

  textOf(number: number): string {
    return this.#texts.get(number);
  }

  /** Whether these bytes are the text of that number. */
  equals(number: number, bytes: Uint8Array, from: number, to: number): boolean {
    return this.#texts.equals(number, bytes, from, to);
  }

  /** The number of the text that these bytes are, or NOT_FOUND. */
  find(bytes: Uint8Array, from: number, to: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hashOf(bytes, from, to) & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot] ?? FREE;
      if (number === FREE) return NOT_FOUND;
      if (this.#texts.equals(number, bytes, from, to)) return number;
    }
  }

  findText(text: string): number {
    // A character takes three bytes at most.
    if (text.length * 3 <= SCRATCH.length) return this.find(SCRATCH, 0, SCRATCH.write(text));
    const bytes = Buffer.from(text);
    return this.find(bytes, 0, bytes.length);
  }

  /** The number here of a text that another index has. */
  findOf(other: TextIndex, number: number): number {
    const texts = other.#texts;
    const from = texts.startOf(number);
    return this.find(texts.bytes, from, from + texts.lengthOf(number));
  }

  /** Adds a text that isn't there, under a number that has none. */
  add(number: number, bytes: Uint8Array, from: number, to: number): void {
    this.#texts.setBytes(number, bytes, from, to);
    this.#size += 1;
    if (this.#size * 2 > this.#slots.length) this.#grow();
    this.#put(number);
  }

  addOf(number: number, other: TextIndex, otherNumber: number): void {
    const texts = other.#texts;
    const from = texts.startOf(otherNumber);
    this.add(number, texts.bytes, from, from + texts.lengthOf(otherNumber));
  }

  /** @param number of a text that is there */
  delete(number: number): void {
    const mask = this.#slots.length - 1;
    let gap = this.#hashOf(number) & mask;
    while (this.#slots[gap] !== number) gap = (gap + 1) & mask;
    // Those after it move up, unless they would come to stand before their own slot.
    for (let slot = (gap + 1) & mask; this.#slots[slot] !== FREE; slot = (slot + 1) & mask) {
      const other = this.#slots[slot] ?? FREE;
      const home = this.#hashOf(other) & mask;
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
      this.#slots[gap] = other;
      gap = slot;
    }
    this.#slots[gap] = FREE;
    this.#texts.set(number, '');
    this.#size -= 1;
  }

  clear(): void {
    this.#slots.fill(FREE);
    this.#texts.clear();
    this.#size = 0;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Int32Array(before.length * 2).fill(FREE);
    for (const number of before) if (number !== FREE) this.#put(number);
  }

  #put(number: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hashOf(number) & mask;
    while (this.#slots[slot] !== FREE) slot = (slot + 1) & mask;
    this.#slots[slot] = number;
  }

  #hashOf(number: number): number {
    const from = this.#texts.startOf(number);
    return hashOf(this.#texts.bytes, from, from + this.#texts.lengthOf(number));
  }
}

/** FNV-1a, and its upper half mixed in: http://www.isthe.com/chongo/tech/comp/fnv/ */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash ^ (hash >>> 15);
}
