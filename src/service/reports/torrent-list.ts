import { wantsStandby } from '../../control/selection.ts';
import { infoHashOf, type Torrent } from '../../control/torrent.ts';
import type { ControlSettings, TorrentReading } from '../../control/types.ts';
import { UNLIMITED } from '../../control/units.ts';
import type { TorrentPage, TorrentQuery, TorrentRow } from '../live-types.ts';
import type { LimitReason } from './limit-reasons.ts';

export interface TorrentListParts {
  readonly torrents: Iterable<Torrent>;
  /** Finds ids by a text that any of a torrent's info-hashes has in it. */
  readonly idSearch: (text: string) => (id: string) => boolean;
  readonly settings: ControlSettings;
  /** Unix ms. */
  readonly now: number;
  /** Null while its tracker is unknown. */
  readonly trackerOf: (torrent: Torrent) => string | null;
  readonly readingOf: (torrent: Torrent, trackerId: string) => TorrentReading;
  readonly reasonOf: (torrent: Torrent) => LimitReason | undefined;
}

interface Candidate {
  readonly torrent: Torrent;
  readonly trackerId: string | null;
  readonly reading: TorrentReading;
}

/** One page of all torrents. Only what the filters and the order need is made for each; rows for the page alone. */
export function torrentPage(query: TorrentQuery, parts: TorrentListParts): TorrentPage {
  const found = [...candidates(query, parts)];
  const whys = new Whys(parts);
  const key = sortKey(query.sort, whys);
  const keyed = found.map((candidate) => ({ candidate, key: key(candidate) }));
  const sign = query.order === 'asc' ? 1 : -1;
  // The info-hash as a last word, so that pages neither overlap nor miss any.
  keyed.sort(
    (a, b) => sign * compare(a.key, b.key) || compare(a.candidate.torrent.key, b.candidate.torrent.key),
  );
  const items = keyed
    .slice(query.offset, query.offset + query.limit)
    .map(({ candidate }) => rowOf(candidate, whys));
  return { total: found.length, offset: query.offset, limit: query.limit, items };
}

function* candidates(query: TorrentQuery, parts: TorrentListParts): Iterable<Candidate> {
  const search = query.search.trim().toLowerCase();
  const hasHash = parts.idSearch(search);
  const wanted = query.tracker;
  for (const torrent of parts.torrents) {
    if (search !== '' && !torrent.name.toLowerCase().includes(search) && !hasHash(torrent.infoHash)) continue;
    const trackerId = parts.trackerOf(torrent);
    if (wanted !== null && (trackerId ?? '') !== wanted) continue;
    const reading = parts.readingOf(torrent, trackerId ?? '');
    if (shows(query.show, reading, parts.settings)) yield { torrent, trackerId, reading };
  }
}

function shows(show: TorrentQuery['show'], reading: TorrentReading, settings: ControlSettings): boolean {
  switch (show) {
    case 'all':
      return true;
    case 'managed':
      return reading.held;
    case 'active':
      return reading.usage.rateBps > settings.activeThresholdBps;
    case 'own-limit':
      return reading.ownLimitBps !== UNLIMITED;
  }
}

function sortKey(sort: TorrentQuery['sort'], whys: Whys): (candidate: Candidate) => string | number {
  switch (sort) {
    case 'name':
      return ({ torrent }) => torrent.name.toLowerCase();
    case 'tracker':
      return ({ trackerId }) => trackerId ?? '';
    case 'usage':
      return ({ reading }) => reading.usage.rateBps;
    case 'limit':
      return ({ reading }) => reading.limitBps;
    case 'original':
      return ({ reading }) => reading.ownLimitBps;
    case 'reason':
      return (candidate) => whys.of(candidate).reason;
  }
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function rowOf(candidate: Candidate, whys: Whys): TorrentRow {
  const { torrent, trackerId, reading } = candidate;
  const { reason, at } = whys.of(candidate);
  return {
    hash: infoHashOf(torrent.key),
    name: torrent.name,
    tracker: trackerId,
    usage_bps: Math.round(reading.usage.rateBps),
    limit_bps: finite(reading.limitBps),
    original_bps: finite(reading.ownLimitBps),
    managed: reading.held,
    reason,
    changed_at: at === null ? null : new Date(at).toISOString(),
    leechers: torrent.leechersConnected,
    state: torrent.state,
  };
}

function finite(bps: number): number | null {
  return Number.isFinite(bps) ? Math.round(bps) : null;
}

/** Why a torrent has its limit, or has none of Qguardarr's. */
class Whys {
  readonly #parts: TorrentListParts;
  readonly #capped: ReadonlySet<string>;

  constructor(parts: TorrentListParts) {
    this.#parts = parts;
    this.#capped = new Set(
      parts.settings.trackers.filter(({ capBps }) => capBps !== UNLIMITED).map(({ id }) => id),
    );
  }

  of({ torrent, trackerId, reading }: Candidate): { readonly reason: string; readonly at: number | null } {
    if (reading.held) return this.#parts.reasonOf(torrent) ?? { reason: 'set in an earlier run', at: null };
    return { reason: this.#unmanaged(trackerId, reading), at: null };
  }

  #unmanaged(trackerId: string | null, reading: TorrentReading): string {
    if (trackerId === null) return 'left alone: its tracker is unknown';
    if (!this.#capped.has(trackerId)) return 'left alone: its tracker has no cap';
    if (!reading.inRollout) return 'left alone: outside the rollout';
    const { settings, now } = this.#parts;
    if (wantsStandby(reading, settings, now))
      return reading.ownLimitBps === UNLIMITED
        ? 'waits for its standby limit'
        : 'left alone: its own limit will do';
    return reading.usage.rateBps > settings.activeThresholdBps
      ? 'left alone: beyond max_managed_torrents'
      : 'left alone: idle';
  }
}
