/**
 * Many torrent keys as one string. A change can hold thousands of torrents and there can be 30,000 originals:
 * as single documents NeDB keeps each in 1.2 kB of memory, and as array elements it walks, copies and revives
 * each one; as one string, a key costs 46 bytes and next to no time.
 */
import type { TorrentKey } from '../control/torrent.ts';

const SEPARATOR = '\n';

/** Throws RangeError on a key that is empty or holds a line break: it could not be told apart again. */
export function packKeys(keys: readonly TorrentKey[]): string {
  for (const key of keys) {
    if (key === '' || key.includes(SEPARATOR)) {
      throw new RangeError(`a torrent key must be non-empty and on one line, got ${JSON.stringify(key)}`);
    }
  }
  return keys.join(SEPARATOR);
}

export function unpackKeys(packed: string): TorrentKey[] {
  return packed === '' ? [] : packed.split(SEPARATOR);
}
