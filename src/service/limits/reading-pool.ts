import type { OpenUsage } from '../../control/rate-meter.ts';
import type { TorrentKey } from '../../control/torrent.ts';
import type { TorrentReading } from '../../control/types.ts';
import { UNLIMITED } from '../../control/units.ts';

/** A reading that is being taken. */
export type OpenReading = {
  -readonly [Field in Exclude<keyof TorrentReading, 'usage'>]: TorrentReading[Field];
} & {
  readonly usage: OpenUsage;
};

/**
 * The readings of one who looks again and again. A torrent's is the same object each time, brought up to date in
 * place: thousands that are new each time would live just long enough to be moved to where collecting them is dear.
 */
export class ReadingPool {
  readonly #byRow: (OpenReading | undefined)[] = [];
  /** In the order of their keys. */
  #rows: number[] = [];
  #added: number[] = [];
  readonly #takenNow = new Set<number>();

  /** The torrent's reading, to be filled in. Each row once between two calls of `all`. */
  take(row: number, key: TorrentKey): OpenReading {
    this.#takenNow.add(row);
    const known = this.#byRow[row];
    if (known !== undefined && known.key === key) return known;
    const reading = blank(key);
    this.#byRow[row] = reading;
    this.#added.push(row);
    return reading;
  }

  /** All that were taken since it was last asked, in the order of their keys. */
  all(): TorrentReading[] {
    if (this.#added.length > 0 || this.#takenNow.size !== this.#rows.length) this.#sort();
    this.#takenNow.clear();
    return this.#rows.flatMap((row) => this.#byRow[row] ?? []);
  }

  #sort(): void {
    const added = new Set(this.#added);
    for (const row of this.#rows) if (!this.#takenNow.has(row)) this.#byRow[row] = undefined;
    const stay = this.#rows.filter((row) => this.#takenNow.has(row) && !added.has(row));
    const keyOf = (row: number): TorrentKey => this.#byRow[row]?.key ?? '';
    this.#rows = [...stay, ...this.#added].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    this.#added = [];
  }
}

function blank(key: TorrentKey): OpenReading {
  return {
    key,
    trackerId: '',
    limitBps: UNLIMITED,
    ownLimitBps: UNLIMITED,
    held: false,
    inRollout: false,
    canUpload: false,
    leechersConnected: 0,
    leechersKnown: 0,
    lastActivityAt: 0,
    addedAt: 0,
    usage: { rateBps: 0, latestBps: 0, shortBps: 0, longBps: 0, spanMs: 0, settled: false },
  };
}
