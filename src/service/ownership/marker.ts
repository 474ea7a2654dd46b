/**
 * The marker that a controller keeps in the client it enforces (WebAPI 2.13.1 and later), so that no second one writes
 * limits to the same client. There is no compare-and-set, and clocks may differ: a marker is live while its counter
 * moves, and stale once it has been seen to stand still.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';

/** Its name among the values that programs keep in a client. */
export const MARKER_NAME = 'qguardarr';
/** A live controller moves its counter this often. */
export const RENEW_MS = 10_000;
/** A counter that stood still for so long belongs to a controller that is gone. */
export const STALE_MS = 60_000;
/** Characters: what a marker says is shown to people, and a host name has no more than 253. */
const LONGEST_PART = 256;

const Marker = t.type(
  {
    /** The journal that has the original limits. */
    journal: t.string,
    /** One run of one process: a copy of a journal has the same name. */
    session: t.string,
    /** For people: where the controller runs. */
    host: t.string,
    state: t.union([t.literal('live'), t.literal('stopped')]),
    /** Grows with every renewal. */
    counter: t.number,
    /** How many torrents have a limit of this controller's. */
    managed: t.number,
    /** The journal of a controller before this one whose limits are still in the client; null without one. */
    follows: t.union([t.string, t.null]),
  },
  'marker',
);
export type Marker = t.TypeOf<typeof Marker>;

/** What a client keeps under our name; `unreadable`: something that this version does not understand. */
export type FoundMarker = Marker | 'unreadable' | null;

export function decodeMarker(value: unknown): FoundMarker {
  if (value === undefined || value === null) return null;
  const decoded = Marker.decode(value);
  if (isLeft(decoded)) return 'unreadable';
  const isLong = Object.values(decoded.right).some((part) => String(part).length > LONGEST_PART);
  return isLong ? 'unreadable' : decoded.right;
}

/** Who left it, for people. */
export function describeHolder(marker: Marker | 'unreadable'): string {
  if (marker === 'unreadable') return 'a Qguardarr of another version';
  const { host, journal, managed } = marker;
  const torrents = managed === 1 ? '1 torrent' : `${managed} torrents`;
  return `Qguardarr on ${host} (journal ${journal.slice(0, 8)}, ${torrents} managed)`;
}
