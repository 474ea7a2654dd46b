import { grown } from '../control/grown.ts';

/** So many rows are a list of numbers; more are bits. */
const MOST_LISTED = 16;
const NONE = new Uint32Array(0);
const NOTHING: readonly number[] = [];

/** A set of rows, or other small numbers: some 100 bytes for one, one bit a row for many. */
export class RowSet {
  /** Null once they are bits. As long as it has to be: there may be as many sets as torrents, each with one row. */
  #listed: readonly number[] | null = NOTHING;
  #bits: Uint32Array = NONE;
  #size = 0;

  static of(rows: Iterable<number>): RowSet {
    const set = new RowSet();
    for (const row of rows) set.add(row);
    return set;
  }

  get size(): number {
    return this.#size;
  }

  has(row: number): boolean {
    if (this.#listed !== null) return this.#listed.includes(row);
    return (((this.#bits[row >>> 5] ?? 0) >>> (row & 31)) & 1) === 1;
  }

  add(row: number): void {
    if (this.has(row)) return;
    this.#size += 1;
    if (this.#listed === null) this.#setBit(row);
    else if (this.#listed.length < MOST_LISTED) this.#listed = this.#listed.concat(row);
    else {
      for (const listed of this.#listed) this.#setBit(listed);
      this.#listed = null;
      this.#setBit(row);
    }
  }

  delete(row: number): void {
    if (!this.has(row)) return;
    this.#size -= 1;
    if (this.#listed !== null) this.#listed = this.#listed.filter((one) => one !== row);
    else this.#bits[row >>> 5] = (this.#bits[row >>> 5] ?? 0) & ~(1 << (row & 31));
  }

  each(visit: (row: number) => void): void {
    if (this.#listed !== null) for (const row of this.#listed) visit(row);
    else this.#eachBit(NONE, visit);
  }

  /** Those that the other set doesn't have; nearly as quick as nothing where there are none. */
  eachBut(other: RowSet, visit: (row: number) => void): void {
    if (this.#listed === null && other.#listed === null) this.#eachBit(other.#bits, visit);
    else
      this.each((row) => {
        if (!other.has(row)) visit(row);
      });
  }

  /** By ascending row. */
  #eachBit(but: Uint32Array, visit: (row: number) => void): void {
    for (let word = 0; word < this.#bits.length; word += 1) {
      let bits = (this.#bits[word] ?? 0) & ~(but[word] ?? 0);
      while (bits !== 0) {
        const lowest = bits & -bits;
        visit(word * 32 + 31 - Math.clz32(lowest));
        bits ^= lowest;
      }
    }
  }

  #setBit(row: number): void {
    const word = row >>> 5;
    if (word >= this.#bits.length) {
      this.#bits = grown(
        new Uint32Array(Math.max(word + 1, Math.ceil(this.#bits.length * 1.5), 8)),
        this.#bits,
      );
    }
    this.#bits[word] = (this.#bits[word] ?? 0) | (1 << (row & 31));
  }
}
