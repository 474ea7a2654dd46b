/**
 * Torrents as columns, a row each: some 300 bytes a torrent, its info-hash and name included, where objects take several
 * times that.
 *
 * Invariant: a row that is in use belongs to one info-hash; `#given` says which of its fields were ever told.
 */

import { parseAnnounceUrl } from '../control/announce-url.ts';
import { grown } from '../control/grown.ts';
import { type TorrentKey, torrentKey } from '../control/torrent.ts';
import { LONGEST_NAME } from './answer-limits.ts';
import type { TorrentFields } from './codecs.ts';
import { HashAliases } from './hash-aliases.ts';
import { Interned } from './interned.ts';
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
const HASH_DIGITS = 40;
/** Room for so many times the rows: what is not in use is memory all the same. */
const GROWTH = 1.25;
/** Of torrents that were added since others were read. */
const SPARE_PART = 0.02;

export class TorrentColumns {
  readonly aliases = new HashAliases();
  #prefix = '';
  readonly #rows = new Map<TorrentKey, number>();
  /** By row; '' of one that isn't in use. */
  #keys: TorrentKey[] = [];
  readonly #free: number[] = [];
  #rowsEnd = 0;
  #capacity: number;
  #given: Uint16Array;
  #numbers: Float64Array[];
  #states: Uint32Array;
  #categories: Uint32Array;
  #trackers: Uint32Array;
  #names: string[] = [];
  readonly #texts = { state: new Interned(), category: new Interned(), tracker: new Interned() };

  /**
   * @param like has room from the start for so many torrents, and a few more; little by default
   * @param instance whose torrents they are, for their keys; by default that of `like`, or none
   */
  constructor(like?: TorrentColumns, instance?: string) {
    if (instance !== undefined) this.#prefix = torrentKey(instance, '');
    else if (like !== undefined) this.#prefix = like.#prefix;
    const rows = like === undefined ? FIRST_ROWS : Math.ceil(like.#rowsEnd * (1 + SPARE_PART)) + FIRST_ROWS;
    this.#capacity = rows;
    this.#given = new Uint16Array(rows);
    this.#numbers = NUMBER_FIELDS.map(() => new Float64Array(rows));
    this.#states = new Uint32Array(rows);
    this.#categories = new Uint32Array(rows);
    this.#trackers = new Uint32Array(rows);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Rows are below this number; not all of them need be in use. */
  get rowsEnd(): number {
    return this.#rowsEnd;
  }

  isUsed(row: number): boolean {
    return ((this.#given[row] ?? 0) & IN_USE) !== 0;
  }

  rowOf(infoHash: string): number | undefined {
    return this.#rows.get(this.#prefix + infoHash);
  }

  /** The same text each time. Without an instance it is the info-hash. */
  keyOf(row: number): TorrentKey {
    return this.#keys[row] ?? '';
  }

  rowOfKey(key: TorrentKey): number | undefined {
    return this.#rows.get(key);
  }

  /** They are that instance's from now on. */
  assignTo(instance: string): void {
    const prefix = torrentKey(instance, '');
    if (this.#prefix === prefix) return;
    const entries = [...this.entries()];
    this.#prefix = prefix;
    this.#rows.clear();
    for (const [infoHash, row] of entries) this.#name(row, infoHash);
  }

  /** The row here of a torrent in other columns. */
  rowFor(other: TorrentColumns, otherRow: number): number | undefined {
    return this.rowOf(other.infoHashOf(otherRow));
  }

  /** Info-hashes with their rows. */
  *entries(): IterableIterator<[infoHash: string, row: number]> {
    for (let row = 0; row < this.#rowsEnd; row += 1) if (this.isUsed(row)) yield [this.infoHashOf(row), row];
  }

  /** '' of a row that isn't in use. */
  infoHashOf(row: number): string {
    return this.keyOf(row).slice(this.#prefix.length);
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
        return this.#names[row] ?? '';
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

  /** Takes what is told of a torrent, new or known. Returns its row. Texts that are longer than any real one are cut. */
  set(infoHash: string, fields: TorrentFields): number {
    const row = this.rowOf(infoHash) ?? this.#takeRow(infoHash);
    for (const field of FIELDS) {
      const value = fields[field];
      if (value === undefined) continue;
      if (typeof value === 'number') {
        if (!isText(field)) this.#putNumber(row, field, value);
      } else if (isText(field))
        this.#putText(row, field, field === 'tracker' ? withoutPasskey(value) : cut(value));
    }
    const { infohash_v1 = '' } = fields;
    if (infohash_v1.length === HASH_DIGITS && infohash_v1 !== infoHash)
      this.aliases.put(infohash_v1, infoHash);
    return row;
  }

  /** As `set`, from what other columns were told of it. @param known its row, when it has one */
  copy(from: TorrentColumns, fromRow: number, known: number | undefined): number {
    const row = known ?? this.#takeRow(from.infoHashOf(fromRow));
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
    this.#rows.delete(this.keyOf(row));
    this.#keys[row] = '';
    this.#given[row] = 0;
    for (const field of TEXT_FIELDS) this.#putText(row, field, '');
    this.#given[row] = 0;
    this.#free.push(row);
    return row;
  }

  /** Forgets all torrents, and keeps the room for others. */
  clear(): void {
    this.#rows.clear();
    this.#keys = [];
    this.#names = [];
    for (const texts of Object.values(this.#texts)) texts.clear();
    for (const numbers of [this.#given, this.#states, this.#categories, this.#trackers]) numbers.fill(0);
    this.aliases.clear();
    this.#free.length = 0;
    this.#rowsEnd = 0;
  }

  #copyTexts(row: number, from: TorrentColumns, fromRow: number): void {
    for (const field of TEXT_FIELDS)
      if (from.isGiven(fromRow, field)) this.#putText(row, field, from.text(fromRow, field));
  }

  #putNumber(row: number, field: NumberField, value: number): void {
    this.#mark(row, field);
    this.column(field)[row] = value;
  }

  #mark(row: number, field: Field): void {
    this.#given[row] = (this.#given[row] ?? 0) | bitOf(field);
  }

  #putText(row: number, field: TextField, text: string): void {
    this.#mark(row, field);
    if (field === 'name') {
      this.#names[row] = text;
      return;
    }
    const numbers = this.#numbersOf(field);
    const number = this.#texts[field].take(text);
    this.#texts[field].release(numbers[row] ?? 0);
    numbers[row] = number;
  }

  #numbersOf(field: Exclude<TextField, 'name'>): Uint32Array {
    switch (field) {
      case 'state':
        return this.#states;
      case 'category':
        return this.#categories;
      case 'tracker':
        return this.#trackers;
    }
  }

  /** Of the torrent that had it before, nothing shows. */
  #takeRow(infoHash: string): number {
    const row = this.#free.pop() ?? this.#rowsEnd;
    if (row === this.#rowsEnd) this.#rowsEnd += 1;
    if (row >= this.#capacity) this.#grow();
    this.#name(row, infoHash);
    this.#names[row] = '';
    this.#given[row] = IN_USE;
    for (const column of this.#numbers) column[row] = 0;
    return row;
  }

  #name(row: number, infoHash: string): void {
    // Joined, a text is one piece: of two that are only added both would be kept.
    const key = this.#prefix === '' ? infoHash : [this.#prefix, infoHash].join('');
    this.#rows.set(key, row);
    this.#keys[row] = key;
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

/** Nothing of the longer text stays in memory. */
function cut(text: string): string {
  return text.length <= LONGEST_NAME ? text : Buffer.from(text.slice(0, LONGEST_NAME)).toString();
}

/** '' for what is no announce URL: no tracker works yet, or only DHT and its like. */
function withoutPasskey(tracker: string): string {
  return parseAnnounceUrl(cut(tracker))?.redacted ?? '';
}
