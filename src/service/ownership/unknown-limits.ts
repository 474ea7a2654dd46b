/**
 * Limits in the client that Qguardarr wrote, and whose originals this journal does not know: a new, older or other
 * journal. They must not become originals.
 */
import { groupBy } from '../../control/group-by.ts';
import { hasMark } from '../../control/limit-mark.ts';
import type { Torrent, TorrentKey } from '../../control/torrent.ts';
import { exactToWire, UNLIMITED } from '../../control/units.ts';
import type { Journal } from '../../journal/records.ts';

/** So many torrents at the start stop enforcement; fewer are left alone, one by one. */
const MANY = 5;

export interface ShownLimit {
  readonly key: TorrentKey;
  /** B/s, 0 for none. */
  readonly wire: number;
}

/** What a journal knows of torrents that are not managed. */
export type KnownLimits = Pick<Journal, 'accepted' | 'restored'>;

/** A torrent that is not managed shows it. */
export function isUnknownLimit({ key, wire }: ShownLimit, { accepted, restored }: KnownLimits): boolean {
  return hasMark(wire) && accepted.get(key) !== wire && !restored.has(key);
}

/**
 * All that stand against this journal.
 * @param isCapped whether a torrent counts under a cap: only those are judged without the mark; null where the journal
 *   knows something, and none is
 */
export function findUnknownLimits(
  torrents: Iterable<Torrent>,
  journal: Pick<Journal, 'accepted' | 'restored' | 'originals'>,
  isCapped: ((torrent: Torrent) => boolean) | null,
): readonly ShownLimit[] {
  const unmanaged = [...torrents].filter(
    ({ key, uploadLimitBps }) => uploadLimitBps !== UNLIMITED && !journal.originals.has(key),
  );
  const shown = (torrent: Torrent) => ({ key: torrent.key, wire: exactToWire(torrent.uploadLimitBps) });
  const marked = unmanaged.map(shown).filter((limit) => isUnknownLimit(limit, journal));
  return isCapped === null ? marked : [...marked, ...lookalikes(unmanaged.filter(isCapped).map(shown))];
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
