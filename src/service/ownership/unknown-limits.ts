/**
 * Limits in the client that Qguardarr wrote, and whose originals this journal does not know: a new, older or other
 * journal. They must not become originals.
 */
import { groupBy } from '../../control/group-by.ts';
import { hasMark } from '../../control/limit-mark.ts';
import type { TorrentKey } from '../../control/torrent.ts';

/** So many torrents at the start stop enforcement; fewer are left alone, one by one. */
const MANY = 5;

export interface ShownLimit {
  readonly key: TorrentKey;
  /** B/s, 0 for none. */
  readonly wire: number;
}

/** A torrent that is not managed shows it. @param accepted limits that the user declared to be the torrents' own */
export function isUnknownLimit(
  { key, wire }: ShownLimit,
  accepted: ReadonlyMap<TorrentKey, number>,
): boolean {
  return hasMark(wire) && accepted.get(key) !== wire;
}

/**
 * Torrents that share an upload limit which is not round. People and other tools set round limits; Qguardarr before
 * the mark, and the Python tool, gave many torrents the same odd one. For a journal that knows nothing.
 */
export function lookalikes(limits: readonly ShownLimit[]): readonly ShownLimit[] {
  const odd = limits.filter(({ wire }) => !isRound(wire) && !hasMark(wire));
  return [...groupBy(odd, ({ wire }) => wire).values()].filter(({ length }) => length >= MANY).flat();
}

/** @param follows a marker says that another journal was in charge before: then each one counts */
export function areTooMany(unknown: number, follows: boolean): boolean {
  return unknown >= (follows ? 1 : MANY);
}

function isRound(wire: number): boolean {
  return wire % 1024 === 0 || wire % 1000 === 0;
}
