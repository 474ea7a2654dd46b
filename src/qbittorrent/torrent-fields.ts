import { type Torrent, torrentKey } from '../control/torrent.ts';
import { limitFromWire } from '../control/units.ts';
import { isAnnounceUrl } from './announce-index.ts';
import type { TorrentFields } from './codecs.ts';

/** As kept in the table: with the client's own word on which tracker works, to be merged with later deltas. */
export interface StoredTorrent extends Torrent {
  /** '' while the client names none. */
  readonly trackerInUse: string;
}

/** What must not be guessed: limits and rates are decided by these. */
const ESSENTIAL = [
  'state',
  'up_limit',
  'upspeed',
  'uploaded_session',
  'num_leechs',
  'last_activity',
  'added_on',
] as const satisfies readonly (keyof TorrentFields)[];

/** The first field without which a torrent can't be taken into the table; null when all are there. */
export function missingField(fields: TorrentFields): string | null {
  return ESSENTIAL.find((field) => fields[field] === undefined) ?? null;
}

/**
 * The torrent as it is after `fields`, which name only what changed when there is an `old` one.
 * @param announceUrls from the trackers map, in its order
 * @throws TypeError when an essential field is in neither; `missingField` tells before
 */
export function mergeTorrent(
  instance: string,
  infoHash: string,
  old: StoredTorrent | undefined,
  fields: TorrentFields,
  announceUrls: readonly string[],
): StoredTorrent {
  const trackerInUse = shared(fields.tracker ?? old?.trackerInUse ?? '', announceUrls);
  return {
    key: old?.key ?? torrentKey(instance, infoHash),
    instance,
    infoHash: old?.infoHash ?? infoHash,
    name: fields.name ?? old?.name ?? '',
    state: known(fields.state, old?.state),
    uploadLimitBps:
      fields.up_limit === undefined ? known(undefined, old?.uploadLimitBps) : limitFromWire(fields.up_limit),
    uploadSpeedBps: known(fields.upspeed, old?.uploadSpeedBps),
    uploadedSession: known(fields.uploaded_session, old?.uploadedSession),
    leechersConnected: known(fields.num_leechs, old?.leechersConnected),
    leechersKnown: fields.num_incomplete ?? old?.leechersKnown ?? -1,
    lastActivityAt: known(fields.last_activity, old?.lastActivityAt),
    addedAt: known(fields.added_on, old?.addedAt),
    category: fields.category ?? old?.category ?? '',
    announceUrls: inUseFirst(trackerInUse, announceUrls),
    trackerInUse,
  };
}

/** Whether nothing that is kept differs. */
export function isSameTorrent(a: StoredTorrent, b: StoredTorrent): boolean {
  return (
    a.uploadedSession === b.uploadedSession &&
    a.uploadSpeedBps === b.uploadSpeedBps &&
    a.uploadLimitBps === b.uploadLimitBps &&
    a.state === b.state &&
    a.leechersConnected === b.leechersConnected &&
    a.leechersKnown === b.leechersKnown &&
    a.lastActivityAt === b.lastActivityAt &&
    a.addedAt === b.addedAt &&
    a.name === b.name &&
    a.category === b.category &&
    a.trackerInUse === b.trackerInUse &&
    a.announceUrls.length === b.announceUrls.length &&
    a.announceUrls.every((url, index) => url === b.announceUrls[index])
  );
}

function known<T>(now: T | undefined, before: T | undefined): T {
  const value = now ?? before;
  if (value === undefined) throw new TypeError('a torrent lacks a field that missingField should have found');
  return value;
}

/** The same text from the trackers map: one string for thousands of torrents. */
function shared(url: string, others: readonly string[]): string {
  return others.find((other) => other === url) ?? url;
}

function inUseFirst(inUse: string, announceUrls: readonly string[]): readonly string[] {
  if (!isAnnounceUrl(inUse) || announceUrls[0] === inUse) return announceUrls;
  return [inUse, ...announceUrls.filter((url) => url !== inUse)];
}
