/**
 * Limits and their two forms: inside, "no limit" is `UNLIMITED` (infinity), so that arithmetic and
 * comparisons need no special case; on the wire and in the journal it is 0, as qBittorrent's sync data says.
 */

/** No limit. Larger than every rate. */
export const UNLIMITED = Number.POSITIVE_INFINITY;

/** The smallest limit ever written, B/s. qBittorrent reads 0 as "no limit", so a share must never round to it. */
export const MIN_LIMIT_BPS = 1024;

/** The largest limit ever written, B/s: qBittorrent keeps an int32 and reads its largest value as "no limit" too. */
export const MAX_LIMIT_BPS = 2_147_483_646;

export const KIB = 1024;
export const MIB = 1024 * 1024;

/** @param wire `up_limit` as qBittorrent reports it, B/s; 0 and -1 both mean no limit. */
export function limitFromWire(wire: number): number {
  return wire <= 0 ? UNLIMITED : wire;
}

/** A user's own limit as it came: restored to the byte, whatever it is. */
export function exactToWire(limitBps: number): number {
  return limitBps === UNLIMITED ? 0 : limitBps;
}

/** MiB/s rounded to two digits, as the `_mbps` fields of the HTTP answers; null for UNLIMITED. */
export function toMibps(bps: number): number | null {
  return Number.isFinite(bps) ? Math.round((bps / MIB) * 100) / 100 : null;
}

/** "1.50 MiB/s", "300 KiB/s", "unlimited". */
export function humanRate(bps: number): string {
  if (bps === UNLIMITED) return 'unlimited';
  return bps >= KIB * KIB ? `${(bps / KIB / KIB).toFixed(2)} MiB/s` : `${(bps / KIB).toFixed(0)} KiB/s`;
}
