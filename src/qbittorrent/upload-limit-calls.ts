import { MAX_LIMIT_BPS, MIN_LIMIT_BPS } from '../control/units.ts';
import { isInfoHash } from './codecs.ts';

/** Largest body of one call: well within what proxies let pass by default (1 MB in nginx). */
export const MAX_FORM_BYTES = 200_000;

/** '|' is sent as %7C. */
const SEPARATOR_BYTES = 3;
const OTHER_FIELDS_BYTES = 'hashes='.length + '&limit='.length + String(MAX_LIMIT_BPS).length;

/** @throws RangeError unless it is 0 (no limit) or an integer that qBittorrent takes as the limit it is */
export function checkUploadLimit(limitWire: number, minimum: number = MIN_LIMIT_BPS): void {
  if (limitWire === 0) return;
  if (Number.isInteger(limitWire) && limitWire >= minimum && limitWire <= MAX_LIMIT_BPS) return;
  throw new RangeError(
    `expected an upload limit of 0 (none) or ${minimum} to ${MAX_LIMIT_BPS} B/s, got ${limitWire}`,
  );
}

/** @throws RangeError for what is no info-hash: 'all', which qBittorrent takes too, must never get through */
export function checkInfoHashes(infoHashes: readonly string[]): void {
  if (!infoHashes.every(isInfoHash))
    throw new RangeError('expected info-hashes of 40 to 64 hex digits, got something else');
}

/**
 * The `hashes` field of as many calls as it takes, each form within MAX_FORM_BYTES; made when it is asked for.
 * @param infoHashes as `checkInfoHashes` lets through
 */
export function* hashesOfCalls(infoHashes: readonly string[]): Generator<string, void, void> {
  let current: string[] = [];
  let bytes = OTHER_FIELDS_BYTES;
  for (const hash of infoHashes) {
    const more = hash.length + SEPARATOR_BYTES;
    if (bytes + more > MAX_FORM_BYTES) {
      yield current.join('|');
      current = [];
      bytes = OTHER_FIELDS_BYTES;
    }
    current.push(hash);
    bytes += more;
  }
  if (current.length > 0) yield current.join('|');
}
