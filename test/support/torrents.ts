import { type Torrent, torrentKey } from '../../src/control/torrent.ts';
import { limitFromWire } from '../../src/control/units.ts';

export function hashOf(n: number): string {
  return n.toString(16).padStart(40, '0');
}

export function keyOf(n: number): string {
  return torrentKey('default', hashOf(n));
}

/** A torrent as the sync data shows it, with that limit. */
export function torrentShowing(n: number, wire: number): Torrent {
  return {
    key: keyOf(n),
    instance: 'default',
    infoHash: hashOf(n),
    name: `torrent ${n}`,
    state: 'uploading',
    uploadLimitBps: limitFromWire(wire),
    uploadSpeedBps: 0,
    uploadedSession: 0,
    leechersConnected: 0,
    leechersKnown: 0,
    lastActivityAt: 0,
    addedAt: 0,
    category: '',
  };
}
