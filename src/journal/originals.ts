import type { TorrentKey } from '../control/torrent.ts';
import { unpackKeys } from './packed-keys.ts';
import type { EarlierOriginal, OriginalRecord, RestoredRecord } from './records.ts';

/** Of one torrent: the first one always stays, of the others the latest. */
const MAX_EARLIER = 8;

/** The fields that many torrents share, with their keys, as a checkpoint has them. */
export type OriginalGroup = Omit<OriginalRecord, 'key'> & {
  readonly restoredAt?: number;
  readonly keys: string;
};

/**
 * The original limits that the journal's entries add up to. A torrent is managed, or restored, or unknown:
 * managed → restored (its limit is back) → managed (a limit of Qguardarr's was seen again) or forgotten.
 */
export class Originals {
  readonly #managed = new Map<TorrentKey, OriginalRecord>();
  readonly #restored = new Map<TorrentKey, RestoredRecord>();

  get managed(): ReadonlyMap<TorrentKey, OriginalRecord> {
    return this.#managed;
  }

  get restored(): ReadonlyMap<TorrentKey, RestoredRecord> {
    return this.#restored;
  }

  clear(): void {
    this.#managed.clear();
    this.#restored.clear();
  }

  load(groups: readonly OriginalGroup[], restored: readonly OriginalGroup[]): void {
    for (const { keys, restoredAt: _, ...fields } of groups) {
      for (const key of unpackKeys(keys)) this.#managed.set(key, { key, ...withoutEmpty(fields) });
    }
    for (const { keys, restoredAt = 0, ...fields } of restored) {
      for (const key of unpackKeys(keys)) {
        // An original that was imported makes it a managed one again.
        if (!this.#managed.has(key)) this.#restored.set(key, { key, ...withoutEmpty(fields), restoredAt });
      }
    }
  }

  /** The torrents come under management with this limit; it counts only for those that are not managed yet. */
  open(keys: string, originalWire: number, trackerId: string | null, at: number): void {
    for (const key of unpackKeys(keys)) {
      if (this.#managed.has(key)) continue;
      this.#restored.delete(key);
      this.#managed.set(key, {
        key,
        originalWire,
        trackerId,
        firstSeenAt: at,
        lastWire: null,
        beforeLastWire: null,
      });
    }
  }

  replace(keys: string, originalWire: number, at: number): void {
    this.#each(keys, (original) => {
      const all = [...(original.earlier ?? []), { wire: original.originalWire, until: at }];
      const earlier = all.length <= MAX_EARLIER ? all : [...all.slice(0, 1), ...all.slice(1 - MAX_EARLIER)];
      return { ...original, originalWire, firstSeenAt: at, earlier };
    });
  }

  /** Back to the original in force at `since`, Unix ms. */
  revert(keys: string, since: number): void {
    this.#each(keys, ({ earlier = [], ...original }) => {
      const index = earlier.findIndex(({ until }) => until > since);
      const inForce = earlier[index];
      if (inForce === undefined) return withoutEmpty({ ...original, earlier });
      return withoutEmpty({ ...original, originalWire: inForce.wire, earlier: earlier.slice(0, index) });
    });
  }

  restore(keys: string, restoredAt: number): void {
    for (const key of unpackKeys(keys)) {
      const original = this.#managed.get(key);
      if (original === undefined) continue;
      this.#managed.delete(key);
      this.#restored.set(key, { ...original, restoredAt });
    }
  }

  reopen(keys: string): void {
    for (const key of unpackKeys(keys)) {
      const record = this.#restored.get(key);
      if (record === undefined || this.#managed.has(key)) continue;
      const { restoredAt: _, ...original } = record;
      this.#restored.delete(key);
      this.#managed.set(key, original);
    }
  }

  close(keys: string): void {
    for (const key of unpackKeys(keys)) {
      this.#managed.delete(key);
      this.#restored.delete(key);
    }
  }

  /** @param fromWire what the torrent had before */
  noteWrite(key: TorrentKey, fromWire: number, toWire: number): void {
    const original = this.#managed.get(key);
    // One that gets its original limit is known by that; which two of ours may show stays worth knowing.
    if (original === undefined || original.originalWire === toWire) return;
    this.#managed.set(key, { ...original, lastWire: toWire, beforeLastWire: fromWire });
  }

  #each(keys: string, changed: (original: OriginalRecord) => OriginalRecord): void {
    for (const key of unpackKeys(keys)) {
      const original = this.#managed.get(key);
      if (original !== undefined) this.#managed.set(key, changed(original));
    }
  }
}

/** A field that nearly no torrent has costs no memory where it is empty. */
function withoutEmpty<T extends { readonly earlier?: readonly EarlierOriginal[] }>(
  fields: T,
): Omit<T, 'earlier'> & { readonly earlier?: readonly EarlierOriginal[] } {
  const { earlier, ...others } = fields;
  return earlier === undefined || earlier.length === 0 ? others : { ...others, earlier };
}
