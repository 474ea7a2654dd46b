/**
 * Which announce URLs torrents stand under, by number: most torrents share their set with thousands of others.
 * A set never changes and is always the same array, so that what was made of it once need not be made again.
 */
export class AnnounceSets {
  readonly #sets: (readonly string[])[] = [[]];
  readonly #numbers = new Map<string, number>([['', 0]]);

  urlsOf(set: number): readonly string[] {
    return this.#sets[set] ?? [];
  }

  has(set: number, url: string): boolean {
    return this.urlsOf(set).includes(url);
  }

  /** The set with that URL too, after the others. */
  with(set: number, url: string): number {
    return this.has(set, url) ? set : this.#numberOf([...this.urlsOf(set), url]);
  }

  without(set: number, url: string): number {
    return this.#numberOf(this.urlsOf(set).filter((other) => other !== url));
  }

  /** The set with that URL first; what is no announce URL changes nothing. */
  startingWith(set: number, url: string): number {
    const urls = this.urlsOf(set);
    if (!isAnnounceUrl(url) || urls[0] === url) return set;
    return this.#numberOf([url, ...urls.filter((other) => other !== url)]);
  }

  #numberOf(urls: readonly string[]): number {
    const name = urls.join('\n');
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.#sets.length);
    return this.#sets.push(urls) - 1;
  }
}

/** Not '' (no tracker works yet), nor '** [DHT] **' and its like. */
export function isAnnounceUrl(text: string): boolean {
  return text.includes('://') && !text.startsWith('** [');
}
