/** The qBittorrents of the matrix: small, with all kinds of own limits, and a torrent of each kind of demand. */
import type { TorrentSpec } from '../../src/simulator/torrent.ts';
import { ADDED_URLS } from '../support/added-urls.ts';
import { MIB, sleepers } from '../support/service-rig.ts';

export const CAPS: Readonly<Record<string, number>> = {
  'alpha.example': 4 * MIB,
  'beta.example': 2 * MIB,
  'gamma.example': MIB,
};

/** What one of two idle torrents may have of its tracker's cap where nothing is used: see src/control/guard.ts. */
const GUARD_PART = 0.75 / 2;

const busy = (host: string, name: string, uploadLimitWire = 0): TorrentSpec => ({
  name,
  trackers: [`https://${host}/passkey0123456789/announce`],
  demand: { kind: 'constant', bps: 20 * MIB },
  uploadLimitWire,
});

/** Idle, and no leecher is known: it holds a guard for having been added within the day. */
const added: TorrentSpec = {
  name: 'just added',
  trackers: ['https://beta.example/passkey0123456789/announce'],
  demand: { kind: 'none' },
  leechersKnown: 0,
  addedAt: Math.floor(Date.now() / 1000) - 3600,
};

export const TORRENTS: readonly TorrentSpec[] = [
  busy('alpha.example', 'busy'),
  busy('alpha.example', 'busy, with a limit of its own', 700_000),
  ...sleepers('alpha.example', 3),
  ...sleepers('alpha.example', 2, 300_000),
  ...sleepers('alpha.example', 1, 500),
  ...sleepers('beta.example', 3),
  ...sleepers('beta.example', 1, 123_456),
  added,
  ...sleepers('gamma.example', 2),
  ...sleepers('gamma.example', 1, 2_000),
  ...sleepers('elsewhere.example', 2),
].map(withAdded);

export const OTHER_TORRENTS: readonly TorrentSpec[] = [
  ...sleepers('alpha.example', 2, 222_222),
  ...sleepers('beta.example', 4),
].map((spec) => ({ ...withAdded(spec), name: `other ${spec.name}` }));

/** The client puts its list of trackers on every torrent. */
function withAdded(spec: TorrentSpec): TorrentSpec {
  return { ...spec, trackers: [...spec.trackers, ...ADDED_URLS] };
}

export function hostOf(spec: TorrentSpec): string {
  return new URL(spec.trackers[0] ?? '').hostname;
}

export function ownLimitOf(spec: TorrentSpec): number {
  return spec.uploadLimitWire ?? 0;
}

/**
 * Is that a limit that a torrent may have under a cap? Never none, never above its own, never more than its kind
 * may have. One under a tracker without a cap has its own.
 * @param own its own limit, B/s, 0 for none
 */
export function isWithinCap(
  spec: TorrentSpec,
  own: number,
  wire: number,
  capBps: number | undefined,
): boolean {
  if (capBps === undefined) return wire === own;
  if (wire === 0 || (own !== 0 && wire > own)) return false;
  const most = spec.demand.kind === 'none' ? GUARD_PART * capBps : capBps;
  return wire <= most;
}
