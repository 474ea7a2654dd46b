import type { Appetite } from './demand.ts';
import type { Open } from './open.ts';
import type { TorrentKey } from './torrent.ts';
import type { TorrentMemory } from './types.ts';

/** Numbers kept of each torrent, one after the other. */
const DEMAND = 0;
const PRESSED_AT = 1;
const ACTIVE_AT = 2;
const WEIGHT = 3;
const APPETITE = 4;
const LIMIT = 5;
const ALLOWED = 6;
const USED = 7;
/** NaN: it uses all that it may. */
const SLACK_SINCE = 8;
const FIELDS = 9;

const APPETITES: readonly Appetite[] = ['unknown', 'hungry', 'met'];

/**
 * What one cycle leaves for the next of a tracker's torrents, never changed. As numbers in one array: thousands of
 * objects, new in each cycle and kept until the next, are what costs a garbage collector most.
 */
export class TorrentMemories {
  /** In order. */
  readonly #keys: readonly TorrentKey[];
  readonly #numbers: Float64Array;
  /** Where the last one was found: they are asked for in order, too. */
  #hint = -1;

  private constructor(keys: readonly TorrentKey[], numbers: Float64Array) {
    this.#keys = keys;
    this.#numbers = numbers;
  }

  static readonly NONE = new TorrentMemories([], new Float64Array(0));

  /**
   * @param torrents in the order of their keys, each of them once
   * @param put what is known of each: all its fields
   */
  static of<T extends { readonly key: TorrentKey }>(
    torrents: readonly T[],
    put: (torrent: T, index: number, into: Open<TorrentMemory>) => void,
  ): TorrentMemories {
    const numbers = new Float64Array(torrents.length * FIELDS);
    for (let index = 0; index < torrents.length; index += 1)
      put(torrents[index] as T, index, new PackedMemory(numbers, index * FIELDS));
    return new TorrentMemories(
      torrents.map(({ key }) => key),
      numbers,
    );
  }

  get size(): number {
    return this.#keys.length;
  }

  keys(): readonly TorrentKey[] {
    return this.#keys;
  }

  get(key: TorrentKey): TorrentMemory | null {
    const index = this.#indexOf(key);
    return index === -1 ? null : this.at(index);
  }

  /** Of the torrent that came at that place, from 0 on. */
  at(index: number): TorrentMemory {
    return new PackedMemory(this.#numbers, index * FIELDS);
  }

  /** Where it is, or -1. */
  #indexOf(key: TorrentKey): number {
    if (this.#keys[this.#hint + 1] === key) this.#hint += 1;
    else this.#hint = this.#search(key);
    return this.#keys[this.#hint] === key ? this.#hint : -1;
  }

  /** The last one that is not after it: by halves. */
  #search(key: TorrentKey): number {
    let from = 0;
    let to = this.#keys.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#keys[middle] ?? '') <= key) from = middle + 1;
      else to = middle;
    }
    return from - 1;
  }
}

class PackedMemory implements Open<TorrentMemory> {
  readonly #numbers: Float64Array;
  readonly #at: number;

  constructor(numbers: Float64Array, at: number) {
    this.#numbers = numbers;
    this.#at = at;
  }

  get demandBps(): number {
    return this.#get(DEMAND);
  }

  set demandBps(value: number) {
    this.#set(DEMAND, value);
  }

  get pressedAt(): number {
    return this.#get(PRESSED_AT);
  }

  set pressedAt(value: number) {
    this.#set(PRESSED_AT, value);
  }

  get activeAt(): number {
    return this.#get(ACTIVE_AT);
  }

  set activeAt(value: number) {
    this.#set(ACTIVE_AT, value);
  }

  get weight(): number {
    return this.#get(WEIGHT);
  }

  set weight(value: number) {
    this.#set(WEIGHT, value);
  }

  get limitBps(): number {
    return this.#get(LIMIT);
  }

  set limitBps(value: number) {
    this.#set(LIMIT, value);
  }

  get allowedBps(): number {
    return this.#get(ALLOWED);
  }

  set allowedBps(value: number) {
    this.#set(ALLOWED, value);
  }

  get usedBps(): number {
    return this.#get(USED);
  }

  set usedBps(value: number) {
    this.#set(USED, value);
  }

  get appetite(): Appetite {
    return APPETITES[this.#get(APPETITE)] ?? 'unknown';
  }

  set appetite(value: Appetite) {
    this.#set(APPETITE, APPETITES.indexOf(value));
  }

  get slackSince(): number | null {
    const since = this.#get(SLACK_SINCE);
    return Number.isNaN(since) ? null : since;
  }

  set slackSince(value: number | null) {
    this.#set(SLACK_SINCE, value ?? Number.NaN);
  }

  #get(field: number): number {
    return this.#numbers[this.#at + field] ?? 0;
  }

  #set(field: number, value: number): void {
    this.#numbers[this.#at + field] = value;
  }
}
