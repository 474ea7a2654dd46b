import { infoHashOf, type TorrentKey, torrentKey } from '../control/torrent.ts';
import type { TorrentColumns } from './torrent-columns.ts';

/** Rows by their torrents' keys, and the other way round. A key that was asked for is kept: it is the same text each time. */
export class RowKeys {
  readonly #instance: string;
  readonly #prefix: string;
  #keys: (TorrentKey | undefined)[] = [];

  constructor(instance: string) {
    this.#instance = instance;
    this.#prefix = torrentKey(instance, '');
  }

  rowOf(key: TorrentKey, columns: TorrentColumns): number | undefined {
    return key.startsWith(this.#prefix) ? columns.rowOf(infoHashOf(key)) : undefined;
  }

  keyOf(row: number, columns: TorrentColumns): TorrentKey {
    const known = this.#keys[row];
    if (known !== undefined) return known;
    const key = torrentKey(this.#instance, columns.infoHashOf(row));
    this.#keys[row] = key;
    return key;
  }

  /** The row has another torrent now, or none. */
  forget(row: number): void {
    this.#keys[row] = undefined;
  }

  clear(): void {
    this.#keys = [];
  }
}
