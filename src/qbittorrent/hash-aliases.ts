import { MOST_TORRENTS } from './answer-limits.ts';

/**
 * Torrents that have a v1 info-hash besides their id: hybrid ones, whose id is their truncated v2 hash. All others cost
 * nothing, and these some 100 bytes each: both hashes are kept as 20 bytes. One whose torrent is gone may stay.
 */
export class HashAliases {
  readonly #ids = new Map<string, string>();

  put(v1Hash: string, id: string): void {
    this.#set(packed(v1Hash), packed(id));
  }

  /** Undefined when no torrent has that v1 hash besides its id. @param v1Hash 40 hex digits in lower case */
  idOf(v1Hash: string): string | undefined {
    const id = this.#ids.get(packed(v1Hash));
    return id === undefined ? undefined : unpacked(id);
  }

  /** The ids of those whose v1 hash has that text in it. */
  idsWith(text: string): ReadonlySet<string> {
    const found = [...this.#ids].filter(([v1Hash]) => unpacked(v1Hash).includes(text));
    return new Set(found.map(([, id]) => unpacked(id)));
  }

  addAll(other: HashAliases): void {
    for (const [v1Hash, id] of other.#ids) this.#set(v1Hash, id);
  }

  /** Of torrents that change their hash again and again no more are kept than of all that there can be. */
  #set(v1Hash: string, id: string): void {
    if (this.#ids.size < MOST_TORRENTS || this.#ids.has(v1Hash)) this.#ids.set(v1Hash, id);
  }

  clear(): void {
    this.#ids.clear();
  }
}

function packed(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1');
}

function unpacked(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex');
}
