import type { TorrentKey } from '../../control/torrent.ts';
import type { Journal } from '../../journal/records.ts';
import { MISSING_FOR_MS } from '../house-keeping.ts';
import type { Picture } from './picture.ts';

export interface AcceptedLimitsParts {
  readonly journal: Journal;
  readonly picture: Picture;
}

/** Forgets limits that were declared to be a torrent's own, once the torrent is gone from the client for good. */
export class AcceptedLimits {
  readonly #parts: AcceptedLimitsParts;
  /** Since when each of them has been missing in this run, monotonic ms. */
  readonly #missingFrom = new Map<TorrentKey, number>();

  constructor(parts: AcceptedLimitsParts) {
    this.#parts = parts;
  }

  /**
   * @param at when the snapshot arrived, monotonic ms
   * @throws JournalError
   */
  async review(at: number): Promise<void> {
    const { journal, picture } = this.#parts;
    const gone: TorrentKey[] = [];
    for (const key of journal.accepted.keys()) {
      if (picture.has(key)) this.#missingFrom.delete(key);
      else if (!this.#missingFrom.has(key)) this.#missingFrom.set(key, at);
      else if (at - (this.#missingFrom.get(key) ?? at) > MISSING_FOR_MS) gone.push(key);
    }
    if (gone.length === 0) return;
    await journal.forgetAccepted(gone);
    for (const key of gone) this.#missingFrom.delete(key);
  }
}
