import type { MainData } from '../../qbittorrent/codecs.ts';

/** A restart of the client or a session that ended makes one answer a full one, not so many in a row. */
const LASTING = 3;

/**
 * Is every answer a full picture, although only changes were asked for? The client keeps what it sent by session, so
 * each request that comes without the session's cookie begins a new one. Then a read costs megabytes instead of kilobytes.
 */
export class FullReads {
  #inARow = 0;
  #lastBytes: number | null = null;

  /** @param askedRid of the request; 0 asked for a full picture, which says nothing */
  note(askedRid: number, { fullUpdate, bytes }: Pick<MainData, 'fullUpdate' | 'bytes'>): void {
    this.#lastBytes = bytes;
    if (askedRid === 0) return;
    this.#inARow = fullUpdate ? this.#inARow + 1 : 0;
  }

  /** Full answers in a row to requests for changes. */
  get inARow(): number {
    return this.#inARow;
  }

  /** Of the latest answer; null before the first. */
  get lastBytes(): number | null {
    return this.#lastBytes;
  }

  /** A full answer came after one with changes: the client may have restarted. */
  get isFirst(): boolean {
    return this.#inARow === 1;
  }

  get isLasting(): boolean {
    return this.#inARow >= LASTING;
  }

  /** Begins again, as with another connection. */
  reset(): void {
    this.#inARow = 0;
  }
}
