import { MOST_EARLY_URLS } from './answer-limits.ts';

/** Announce URLs of torrents that were not told themselves yet. */
export class EarlyUrls {
  readonly #infoHashes = new Map<string, Set<string>>();
  #size = 0;

  /** One too many is passed over: its torrent is under that URL once the client tells it again. */
  add(url: string, infoHash: string): void {
    if (this.#size >= MOST_EARLY_URLS) return;
    const known = this.#infoHashes.get(url) ?? new Set();
    this.#size -= known.size;
    this.#infoHashes.set(url, known.add(infoHash));
    this.#size += known.size;
  }

  /** The list of that URL is told anew. */
  forget(url: string): void {
    this.#size -= this.#infoHashes.get(url)?.size ?? 0;
    this.#infoHashes.delete(url);
  }

  /** Those of a torrent that has come. */
  take(infoHash: string): string[] {
    const urls = [...this.#infoHashes]
      .filter(([, infoHashes]) => infoHashes.delete(infoHash))
      .map(([url]) => url);
    this.#size -= urls.length;
    for (const url of urls) if (this.#infoHashes.get(url)?.size === 0) this.#infoHashes.delete(url);
    return urls;
  }
}
