import { RowSet } from './row-set.ts';

/** What was left out of announce URLs since the last full picture, as there was too much. */
export class LeftOutUrls {
  readonly #rows = new RowSet();
  #unlisted = 0;

  /** Torrents of which some URLs were left out. */
  get torrents(): number {
    return this.#rows.size;
  }

  /** The rows of the first of them. @param most at least 1 */
  first(most: number): number[] {
    const rows: number[] = [];
    this.#rows.each((row) => rows.length < most && rows.push(row));
    return rows;
  }

  note(row: number): void {
    this.#rows.add(row);
  }

  /** The torrent of that row is gone. */
  forget(row: number): void {
    this.#rows.delete(row);
  }

  /** Entries left out of more info-hashes than the client can have torrents. */
  get unlisted(): number {
    return this.#unlisted;
  }

  noteUnlisted(entries: number): void {
    this.#unlisted += entries;
  }
}
