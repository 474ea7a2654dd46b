/**
 * Pure: what the Python Qguardarr did to each torrent, from its rows.
 *
 * It takes whatever limit it finds for the one to give back, its own included; so of all that it has noted, only the
 * oldest is what the torrent had before it came.
 */
import type { RollbackRow } from './rollback-rows.ts';

export interface History {
  readonly infoHash: string;
  /** Before its first change, wire form. */
  readonly originalWire: number;
  /** What it wrote last. */
  readonly lastWire: number;
  /** What stood there before that: it shows again when the last call failed, or after its own rollback. */
  readonly beforeLastWire: number;
  readonly trackerId: string | null;
  /** Of the first change, Unix ms. */
  readonly firstAt: number;
  /** Every change is noted as restored. */
  readonly isRestored: boolean;
  /** The last limit found in between that neither was the original nor written by it: set by hand, perhaps. */
  readonly otherWire: number | null;
}

export interface Histories {
  readonly torrents: ReadonlyMap<string, History>;
  readonly rows: number;
}

/** Takes rows in, oldest first. */
export class HistoryKeeper {
  readonly #torrents = new Map<string, History>();
  #rows = 0;

  add(row: RollbackRow): void {
    this.#rows += 1;
    this.#torrents.set(row.infoHash, follow(this.#torrents.get(row.infoHash), row));
  }

  /** How many of them there are. */
  get torrents(): number {
    return this.#torrents.size;
  }

  get histories(): Histories {
    return { torrents: this.#torrents, rows: this.#rows };
  }
}

function follow(before: History | undefined, row: RollbackRow): History {
  const latest = { lastWire: row.toWire, beforeLastWire: row.fromWire, trackerId: row.trackerId };
  if (before === undefined) {
    const { infoHash, fromWire, at, restored } = row;
    return {
      infoHash,
      originalWire: fromWire,
      firstAt: at,
      isRestored: restored,
      otherWire: null,
      ...latest,
    };
  }
  // 0 says little: it notes "none" for a torrent whose limit it doesn't know.
  const isKnown = [0, before.originalWire, before.lastWire, before.beforeLastWire].includes(row.fromWire);
  return {
    ...before,
    ...latest,
    trackerId: row.trackerId ?? before.trackerId,
    isRestored: before.isRestored && row.restored,
    otherWire: isKnown ? before.otherWire : row.fromWire,
  };
}
