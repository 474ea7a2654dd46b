/**
 * Torrents as columns, a row each: some 200 bytes a torrent, its info-hash included, where objects and their texts
 * take five times that, and nothing for the garbage collector to look at.
 *
 * Invariant: a row that is in use belongs to one info-hash; `#given` says which of its fields were ever told.
 */
import { grown } from '../control/grown.ts';
import type { TorrentFields } from './codecs.ts';
import { HashAliases } from './hash-aliases.ts';
import { Interned } from './interned.ts';
import { HASH_DIGITS } from './json-bytes.ts';
import { TextArena } from './text-arena.ts';
import { NOT_FOUND, TextIndex } from './text-index.ts';
import {
  bitOf,
  ESSENTIAL,
  ESSENTIAL_BITS,
  FIELDS,
  type Field,
  IN_USE,
  INDEX,
  isText,
  NUMBER_FIELDS,
  NUMBERS,
  type NumberField,
  TEXT_FIELDS,
  type TextField,
} from './torrent-fields.ts';

const FIRST_ROWS = 64;
/** Room for so many times the rows: what is not in use is memory all the same. */
const GROWTH = 1.25;
/** Of torrents that were added since others were read. */
const SPARE_PART = 0.02;

export class TorrentColumns {
  readonly aliases = new HashAliases();
  readonly #hashes: TextIndex;
  readonly #free: number[] = [];
  #rowsEnd = 0;
  #capacity: number;
  #given: Uint16Array;
  #numbers: Float64Array[];
  #states: Uint32Array;
  #categories: Uint32Array;
  #trackers: Uint32Array;
  readonly #names: TextArena;
  readonly #texts = { state: new Interned(), category: new Interned(), tracker: new Interned() };

  /** @param like has room from the start for so many torrents, and a few more; little by default */
  constructor(like?: TorrentColumns) {
    const rows = like === undefined ? FIRST_ROWS : Math.ceil(like.#rowsEnd * (1 + SPARE_PART)) + FIRST_ROWS;
    this.#hashes = new TextIndex(rows, rows * HASH_DIGITS);
    this.#names = new TextArena(rows, like === undefined ? 0 : like.#names.usedBytes * (1 + SPARE_PART));
    this.#capacity = rows;
    this.#given = new Uint16Array(rows);
    this.#numbers = NUMBER_FIELDS.map(() => new Float64Array(rows));
    this.#states = new Uint32Array(rows);
    this.#categories = new Uint32Array(rows);
    this.#trackers = new Uint32Array(rows);
  }

  get size(): number {
    return this.#hashes.size;
  }

  /** Rows are below this number; not all of them need be in use. */
  get rowsEnd(): number {
    return this.#rowsEnd;
  }

  isUsed(row: number): boolean {
    return ((this.#given[row] ?? 0) & IN_USE) !== 0;
  }

  rowOf(infoHash: string): number | undefined {
    return found(this.#hashes.findText(infoHash));
  }

  /** @param from of the info-hash's text in these bytes */
  rowAt(bytes: Uint8Array, from: number, to: number): number | undefined {
    return found(this.#hashes.find(bytes, from, to));
  }

  /** The row here of a torrent in other columns. */
  rowFor(other: TorrentColumns, otherRow: number): number | undefined {
    return found(this.#hashes.findOf(other.#hashes, otherRow));
  }

  /** Info-hashes with their rows. */
  *entries(): IterableIterator<[infoHash: string, row: number]> {
    for (let row = 0; row < this.#rowsEnd; row += 1) if (this.isUsed(row)) yield [this.infoHashOf(row), row];
  }

  /** '' of a row that isn't in use. */
  infoHashOf(row: number): string {
    return this.#hashes.textOf(row);
  }

  number(row: number, field: NumberField): number {
    return this.column(field)[row] ?? 0;
  }

  /** For those who go through all rows; until the next change. */
  column(field: NumberField): Float64Array {
    return this.#numbers[INDEX[field]] ?? NO_NUMBERS;
  }

  text(row: number, field: TextField): string {
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
    if (((this.#given[row] ?? 0) & ESSENTIAL_BITS) === ESSENTIAL_BITS) return null;
    return ESSENTIAL.find((field) => !this.isGiven(row, field)) ?? null;
  }

  /** Takes what the answer says of a torrent, new or known. Returns its row. */
  set(infoHash: string, fields: TorrentFields): number {
    const bytes = Buffer.from(infoHash);
    const row = this.open(bytes, 0, bytes.length);
    for (const field of FIELDS) {
      const value = fields[field];
      if (value === undefined) continue;
      if (typeof value === 'number') {
        if (!isText(field)) this.putNumber(row, field, value);
      } else if (isText(field)) this.#putString(row, field, value);
    }
    if (fields.infohash_v1 !== undefined) {
      const v1Hash = Buffer.from(fields.infohash_v1);
      this.putV1Hash(row, v1Hash, 0, v1Hash.length);
    }
    return row;
  }

  /** The row of a torrent, a new one for one that is new. @param from of its info-hash's text in these bytes */
  open(bytes: Uint8Array, from: number, to: number): number {
    const known = this.#hashes.find(bytes, from, to);
    if (known !== NOT_FOUND) return known;
    const row = this.#takeRow();
    this.#hashes.add(row, bytes, from, to);
    return row;
  }

  putNumber(row: number, field: NumberField, value: number): void {
    this.#mark(row, field);
    this.column(field)[row] = value;
  }

  /** @param from of the text in UTF-8; a name of more than LONGEST_BYTES is for `set` to cut */
  putText(row: number, field: TextField, bytes: Uint8Array, from: number, to: number): void {
    if (field !== 'name') {
      this.#putNumbered(row, field, this.#texts[field].numberOfBytes(bytes, from, to));
      return;
    }
    this.#mark(row, field);
    if (!this.#names.equals(row, bytes, from, to)) this.#names.setBytes(row, bytes, from, to);
  }

  /** Kept only where it isn't the torrent's id. @param from of its text, which is empty for a torrent without one */
  putV1Hash(row: number, bytes: Uint8Array, from: number, to: number): void {
    if (to - from !== HASH_DIGITS || this.#hashes.equals(row, bytes, from, to)) return;
    this.aliases.put(Buffer.from(bytes.subarray(from, to)).toString(), this.infoHashOf(row));
  }

  /** As `set`, from what other columns were told of it. @param known its row, when it has one */
  copy(from: TorrentColumns, fromRow: number, known: number | undefined): number {
    const row = known ?? this.#takeRow();
    if (known === undefined) this.#hashes.addOf(row, from.#hashes, fromRow);
    const given = from.#given[fromRow] ?? 0;
    this.#given[row] = (this.#given[row] ?? 0) | given;
    for (let index = 0; index < NUMBERS; index += 1) {
      const column = this.#numbers[index];
      if (column !== undefined && (given & (1 << index)) !== 0)
        column[row] = from.#numbers[index]?.[fromRow] ?? 0;
    }
    if (given >> NUMBERS !== IN_USE >> NUMBERS) this.#copyTexts(row, from, fromRow);
    return row;
  }

  /** Returns the row that it had, for another torrent to have; undefined when there is none. */
  remove(infoHash: string): number | undefined {
    const row = this.rowOf(infoHash);
    if (row === undefined) return undefined;
    this.#hashes.delete(row);
    this.#given[row] = 0;
    this.#names.set(row, '');
    this.#free.push(row);
    return row;
  }

  /** Forgets all torrents, and keeps the room for others. */
  clear(): void {
    this.#hashes.clear();
    this.#names.clear();
    for (const texts of Object.values(this.#texts)) texts.clear();
    this.#given.fill(0);
    this.aliases.clear();
    this.#free.length = 0;
    this.#rowsEnd = 0;
  }

  #copyTexts(row: number, from: TorrentColumns, fromRow: number): void {
    for (const field of TEXT_FIELDS)
      if (from.isGiven(fromRow, field)) this.#putString(row, field, from.text(fromRow, field));
  }

  #putString(row: number, field: TextField, text: string): void {
    if (field !== 'name') {
      this.#putNumbered(row, field, this.#texts[field].numberOf(text));
      return;
    }
    this.#mark(row, field);
    if (this.#names.get(row) !== text) this.#names.set(row, text);
  }

  #mark(row: number, field: Field): void {
    this.#given[row] = (this.#given[row] ?? 0) | bitOf(field);
  }

  #putNumbered(row: number, field: Exclude<TextField, 'name'>, number: number): void {
    this.#mark(row, field);
    switch (field) {
      case 'state':
        this.#states[row] = number;
        break;
      case 'category':
        this.#categories[row] = number;
        break;
      case 'tracker':
        this.#trackers[row] = number;
        break;
    }
  }

  /** Of the torrent that had it before, nothing shows. */
  #takeRow(): number {
    const row = this.#free.pop() ?? this.#rowsEnd;
    if (row === this.#rowsEnd) this.#rowsEnd += 1;
    if (row >= this.#capacity) this.#grow();
    this.#given[row] = IN_USE;
    for (const column of this.#numbers) column[row] = 0;
    this.#states[row] = 0;
    this.#categories[row] = 0;
    this.#trackers[row] = 0;
    return row;
  }

  #grow(): void {
    this.#capacity = Math.ceil(this.#capacity * GROWTH);
    this.#numbers = this.#numbers.map((column) => grown(new Float64Array(this.#capacity), column));
    this.#given = grown(new Uint16Array(this.#capacity), this.#given);
    this.#states = grown(new Uint32Array(this.#capacity), this.#states);
    this.#categories = grown(new Uint32Array(this.#capacity), this.#categories);
    this.#trackers = grown(new Uint32Array(this.#capacity), this.#trackers);
  }
}

const NO_NUMBERS = new Float64Array(0);

function found(row: number): number | undefined {
  return row === NOT_FOUND ? undefined : row;
}
