import type { TorrentReading } from './types.ts';

/** A torrent limited to a rate wanders up to a tenth above it; more than this is not the limit's doing. */
const TOLERANCE = 1.25;
/** Less is noise, B/s. */
const LEAST_EXCESS_BPS = 16 * 1024;

/** A torrent with a limit of Qguardarr's, and the limit that the client shows for it, B/s. */
export interface LimitedTorrent extends Pick<TorrentReading, 'held' | 'limitBps' | 'usage'> {
  readonly shownBps: number;
}

export interface CapCause {
  /**
   * 'not-shown': the client shows higher limits than were written. 'not-applied': it shows the limits that were
   * written, and torrents upload more.
   */
  readonly kind: 'not-shown' | 'not-applied';
  readonly torrents: number;
  /** By which they exceed their limits together, B/s. */
  readonly excessBps: number;
}

/** Which of a tracker's torrents upload more than their limits, and the likely reason; null when none does. */
export function capCause(torrents: Iterable<LimitedTorrent>): CapCause | null {
  const found = new Map<CapCause['kind'], { torrents: number; excessBps: number }>();
  for (const { held, limitBps, shownBps, usage } of torrents) {
    const excessBps = usage.rateBps - limitBps;
    if (!held || usage.rateBps <= TOLERANCE * limitBps || excessBps < LEAST_EXCESS_BPS) continue;
    const kind = shownBps > TOLERANCE * limitBps ? 'not-shown' : 'not-applied';
    const so = found.get(kind) ?? { torrents: 0, excessBps: 0 };
    found.set(kind, { torrents: so.torrents + 1, excessBps: so.excessBps + excessBps });
  }
  const causes = [...found].map(([kind, so]): CapCause => ({ kind, ...so }));
  return causes.sort((a, b) => b.excessBps - a.excessBps)[0] ?? null;
}
