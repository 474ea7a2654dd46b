/**
 * Which announce URLs each torrent stands under.
 * Invariant: `#urlsByHash` is exactly the inverse of `#hashesByUrl`, in the order URLs were first told.
 */
export class AnnounceIndex {
  readonly #hashesByUrl = new Map<string, readonly string[]>();
  readonly #urlsByHash = new Map<string, readonly string[]>();

  /** In the order they were told; empty for an unknown info-hash. */
  urlsOf(infoHash: string): readonly string[] {
    return this.#urlsByHash.get(infoHash) ?? NONE;
  }

  clear(): void {
    this.#hashesByUrl.clear();
    this.#urlsByHash.clear();
  }

  /**
   * @param set each URL with all the torrents that now have it
   * @returns the info-hashes whose URLs have changed
   */
  update(set: ReadonlyMap<string, readonly string[]>, removed: readonly string[]): Set<string> {
    const touched = new Set<string>();
    for (const url of removed) this.#replace(url, NONE, touched);
    for (const [url, hashes] of set) if (isAnnounceUrl(url)) this.#replace(url, hashes, touched);
    return touched;
  }

  #replace(url: string, hashes: readonly string[], touched: Set<string>): void {
    const before = this.#hashesByUrl.get(url) ?? NONE;
    const now = new Set(hashes);
    const had = new Set(before);
    for (const hash of before) {
      if (now.has(hash)) continue;
      const rest = this.urlsOf(hash).filter((other) => other !== url);
      if (rest.length === 0) this.#urlsByHash.delete(hash);
      else this.#urlsByHash.set(hash, rest);
      touched.add(hash);
    }
    for (const hash of now) {
      if (had.has(hash)) continue;
      this.#urlsByHash.set(hash, [...this.urlsOf(hash), url]);
      touched.add(hash);
    }
    if (now.size === 0) this.#hashesByUrl.delete(url);
    else this.#hashesByUrl.set(url, [...now]);
  }
}

const NONE: readonly string[] = [];

/** Not '' (no tracker works yet), nor '** [DHT] **' and its like. */
export function isAnnounceUrl(text: string): boolean {
  return text.includes('://') && !text.startsWith('** [');
}
