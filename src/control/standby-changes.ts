import type { Survey } from './survey.ts';
import type { LimitChange, TorrentReading } from './types.ts';
import { MIN_LIMIT_BPS, UNLIMITED } from './units.ts';

/** A torrent beyond `maxManagedTorrents` keeps a limit that is no further from the standby limit than these factors. */
const EXCESS_KEPT = { from: 0.25, to: 1.3 };

/** Standby limits of torrents that are not planned for one by one: idle ones of a crowd, and those in excess. */
export function standbyChanges({ tracker, crowd, excess, guardBps }: Survey): LimitChange[] {
  if (tracker.capBps === UNLIMITED) return [];
  const limitBps = crowd.limitBps ?? guardBps;
  const due = crowd.due.map((torrent) => standbyChange(torrent, tracker.id, limitBps));
  const cut = excess.filter(isOff(guardBps)).map((reading) => standbyChange(reading, tracker.id, guardBps));
  return [...due, ...cut];
}

function isOff(standbyBps: number): (reading: TorrentReading) => boolean {
  return ({ limitBps, ownLimitBps }) => {
    const rightBps = Math.min(standbyBps, ownLimitBps);
    return limitBps > EXCESS_KEPT.to * rightBps || limitBps < EXCESS_KEPT.from * rightBps;
  };
}

function standbyChange(
  { key, limitBps, ownLimitBps }: Pick<TorrentReading, 'key' | 'limitBps' | 'ownLimitBps'>,
  trackerId: string,
  standbyBps: number,
): LimitChange {
  const rightBps = Math.max(MIN_LIMIT_BPS, standbyBps);
  const isOwn = ownLimitBps <= rightBps;
  const toBps = isOwn ? ownLimitBps : rightBps;
  const kind = toBps < limitBps ? 'cut' : 'raise';
  const reason = isOwn ? 'own limit' : 'standby limit';
  return { key, trackerId, fromBps: limitBps, toBps, binds: true, kind, reason };
}
