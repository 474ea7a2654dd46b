import type { Appetite } from './demand.ts';
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
/** NaN: it uses what it is let. */
const SLACK_SINCE = 8;
const FIELDS = 9;

const APPETITES: readonly Appetite[] = ['unknown', 'hungry', 'met'];

/**
 * What one cycle leaves for the next of a tracker's torrents. As numbers in one array, and never changed: thousands of
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

  /** @param entries in the order of their keys, each of them once */
  static of<T>(
    entries: readonly T[],
    keyOf: (entry: T) => TorrentKey,
    memoryOf: (entry: T) => TorrentMemory,
  ): TorrentMemories {
    if (entries.length === 0) return TorrentMemories.NONE;
    const numbers = new Float64Array(entries.length * FIELDS);
    for (let index = 0; index < entries.length; index += 1)
      put(numbers, index * FIELDS, memoryOf(entries[index] as T));
    return new TorrentMemories(entries.map(keyOf), numbers);
  }

  get size(): number {
    return this.#keys.length;
  }

  keys(): readonly TorrentKey[] {
    return this.#keys;
  }

  get(key: TorrentKey): TorrentMemory | null {
    const index = this.#indexOf(key);
    if (index === -1) return null;
    const at = index * FIELDS;
    const slackSince = this.#number(at + SLACK_SINCE);
    return {
      demandBps: this.#number(at + DEMAND),
      pressedAt: this.#number(at + PRESSED_AT),
      activeAt: this.#number(at + ACTIVE_AT),
      weight: this.#number(at + WEIGHT),
      appetite: APPETITES[this.#number(at + APPETITE)] ?? 'unknown',
      fill: {
        limitBps: this.#number(at + LIMIT),
        allowedBps: this.#number(at + ALLOWED),
        usedBps: this.#number(at + USED),
        slackSince: Number.isNaN(slackSince) ? null : slackSince,
      },
    };
  }

  #number(at: number): number {
    return this.#numbers[at] ?? 0;
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

function put(numbers: Float64Array, at: number, memory: TorrentMemory): void {
  const { fill } = memory;
  numbers[at + DEMAND] = memory.demandBps;
  numbers[at + PRESSED_AT] = memory.pressedAt;
  numbers[at + ACTIVE_AT] = memory.activeAt;
  numbers[at + WEIGHT] = memory.weight;
  numbers[at + APPETITE] = APPETITES.indexOf(memory.appetite);
  numbers[at + LIMIT] = fill.limitBps;
  numbers[at + ALLOWED] = fill.allowedBps;
  numbers[at + USED] = fill.usedBps;
  numbers[at + SLACK_SINCE] = fill.slackSince ?? Number.NaN;
}
