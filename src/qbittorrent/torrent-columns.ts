/**
 * Torrents as columns, a row each: some 150 bytes a torrent beside its info-hash, where objects and their texts take
 * five times that, and nothing for the garbage collector to look at.
 *
 * Invariant: a row that is in use belongs to one info-hash; `#given` says which of its fields were ever told.
 */
import type { TorrentFields } from './codecs.ts';
import { Interned } from './interned.ts';
import { TextArena } from './text-arena.ts';

/** The fields, in the order of their bits in `#given`. */
export const FIELDS = [
  'name',
  'state',
  'up_limit',
  'upspeed',
  'uploaded_session',
  'num_leechs',
  'num_incomplete',
  'last_activity',
  'added_on',
  'category',
  'tracker',
] as const satisfies readonly (keyof TorrentFields)[];
type Field = (typeof FIELDS)[number];
type NumberField = Exclude<Field, 'name' | 'state' | 'category' | 'tracker'>;

/** What must not be guessed: limits and rates are decided by these. */
const ESSENTIAL = [
  'state',
  'up_limit',
  'upspeed',
  'uploaded_session',
  'num_leechs',
  'last_activity',
  'added_on',
] as const satisfies readonly Field[];

const FIRST_ROWS = 64;

export class TorrentColumns {
  readonly #rows = new Map<string, number>();
  readonly #free: number[] = [];
  #hashes: string[] = [];
  #capacity = FIRST_ROWS;
  #given = new Uint16Array(FIRST_ROWS);
  #numbers = newNumbers(FIRST_ROWS);
  #states = new Uint32Array(FIRST_ROWS);
  #categories = new Uint32Array(FIRST_ROWS);
  #trackers = new Uint32Array(FIRST_ROWS);
  readonly #names = new TextArena();
  readonly #texts = { state: new Interned(), category: new Interned(), tracker: new Interned() };

  get size(): number {
    return this.#rows.size;
  }

  /** Rows are below this number; not all of them need be in use. */
  get rowsEnd(): number {
    return this.#hashes.length;
  }

  rowOf(infoHash: string): number | undefined {
    return this.#rows.get(infoHash);
  }

  /** Info-hashes with their rows, in the order of their coming. */
  entries(): IterableIterator<[infoHash: string, row: number]> {
    return this.#rows.entries();
  }

  infoHashOf(row: number): string {
    return this.#hashes[row] ?? '';
  }

  number(row: number, field: NumberField): number {
    return this.#numbers[field][row] ?? 0;
  }

  text(row: number, field: 'name' | 'state' | 'category' | 'tracker'): string {
    switch (field) {
      case 'name':
        return this.#names.get(row);
      case 'state':
        return this.#texts.state.textOf(this.#states[row] ?? 0);
      case 'category':
        return this.#texts.category.textOf(this.#categories[row] ?? 0);
      case 'tracker':
        return this.#texts.tracker.textOf(this.#trackers[row] ?? 0);
    }
  }

  /** The same number for the same tracker in use; 0 for none. */
  trackerNumber(row: number): number {
    return this.#trackers[row] ?? 0;
  }

  isGiven(row: number, field: Field): boolean {
    return ((this.#given[row] ?? 0) & bitOf(field)) !== 0;
  }

  /** The first field without which a torrent can't be taken into the table; null when all are there. */
  missingField(row: number): Field | null {
    return ESSENTIAL.find((field) => !this.isGiven(row, field)) ?? null;
  }

  /** Takes what is told of a torrent, new or known. Returns its row. */
  set(infoHash: string, fields: TorrentFields): number {
    const row = this.#rows.get(infoHash) ?? this.#add(infoHash);
    for (const field of FIELDS) {
      const value = fields[field];
      if (value !== undefined) this.#put(row, field, value);
    }
    return row;
  }

  /** As `set`, from what another table of columns was told of it. */
  copy(infoHash: string, from: TorrentColumns, fromRow: number): number {
    const row = this.#rows.get(infoHash) ?? this.#add(infoHash);
    for (const field of FIELDS) {
      if (!from.isGiven(fromRow, field)) continue;
      this.#put(row, field, isText(field) ? from.text(fromRow, field) : from.number(fromRow, field));
    }
    return row;
  }

  /** Returns the row that it had, for another torrent to have; undefined when there is none. */
  remove(infoHash: string): number | undefined {
    const row = this.#rows.get(infoHash);
    if (row === undefined) return undefined;
    this.#rows.delete(infoHash);
    this.#hashes[row] = '';
    this.#names.set(row, '');
    this.#free.push(row);
    return row;
  }

  #add(infoHash: string): number {
    const row = this.#free.pop() ?? this.#hashes.length;
    if (row >= this.#capacity) this.#grow();
    this.#hashes[row] = infoHash;
    this.#rows.set(infoHash, row);
    this.#clear(row);
    return row;
  }

  /** Of the torrent that had the row before, nothing may show. */
  #clear(row: number): void {
    this.#given[row] = 0;
    for (const field of NUMBER_FIELDS) this.#numbers[field][row] = 0;
    this.#states[row] = 0;
    this.#categories[row] = 0;
    this.#trackers[row] = 0;
  }

  #put(row: number, field: Field, value: string | number): void {
    this.#given[row] = (this.#given[row] ?? 0) | bitOf(field);
    if (typeof value === 'number') {
      if (!isText(field)) this.#numbers[field][row] = value;
      return;
    }
    switch (field) {
      case 'name':
        if (this.#names.get(row) !== value) this.#names.set(row, value);
        break;
      case 'state':
        this.#states[row] = this.#texts.state.numberOf(value);
        break;
      case 'category':
        this.#categories[row] = this.#texts.category.numberOf(value);
        break;
      case 'tracker':
        this.#trackers[row] = this.#texts.tracker.numberOf(value);
        break;
    }
  }

  #grow(): void {
    this.#capacity *= 2;
    const numbers = newNumbers(this.#capacity);
    for (const field of NUMBER_FIELDS) numbers[field].set(this.#numbers[field]);
    this.#numbers = numbers;
    this.#given = grown(new Uint16Array(this.#capacity), this.#given);
    this.#states = grown(new Uint32Array(this.#capacity), this.#states);
    this.#categories = grown(new Uint32Array(this.#capacity), this.#categories);
    this.#trackers = grown(new Uint32Array(this.#capacity), this.#trackers);
  }
}

const NUMBER_FIELDS = FIELDS.filter((field): field is NumberField => !isText(field));
const BITS: Readonly<Record<string, number>> = Object.fromEntries(
  FIELDS.map((field, index) => [field, 1 << index]),
);

function bitOf(field: Field): number {
  return BITS[field] ?? 0;
}

export function isText(field: Field): field is 'name' | 'state' | 'category' | 'tracker' {
  return field === 'name' || field === 'state' || field === 'category' || field === 'tracker';
}

function newNumbers(rows: number): Record<NumberField, Float64Array> {
  return {
    up_limit: new Float64Array(rows),
    upspeed: new Float64Array(rows),
    uploaded_session: new Float64Array(rows),
    num_leechs: new Float64Array(rows),
    num_incomplete: new Float64Array(rows),
    last_activity: new Float64Array(rows),
    added_on: new Float64Array(rows),
  };
}

function grown<A extends Uint16Array | Uint32Array>(into: A, from: A): A {
  into.set(from);
  return into;
}
