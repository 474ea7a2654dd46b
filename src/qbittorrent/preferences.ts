import * as t from 'io-ts';
import { limitFromWire } from '../control/units.ts';
import { decodeAnswer, finite, pick } from './codecs.ts';

/** The settings of qBittorrent that decide whether caps hold and are used. null: this version doesn't have it. */
export interface Preferences {
  /** The global limit, B/s, or UNLIMITED; over all torrents, whatever their own limits. */
  readonly uploadLimitBps: number | null;
  /** The global limit while the alternative speed limits are on, B/s, or UNLIMITED. */
  readonly alternativeUploadLimitBps: number | null;
  /** The alternative speed limits are switched by the clock. */
  readonly schedulerEnabled: boolean | null;
  /** Only some torrents are active at a time. */
  readonly queueingEnabled: boolean | null;
  readonly refreshIntervalMs: number | null;
}

const preferences = pick('preferences', {
  up_limit: finite,
  alt_up_limit: finite,
  scheduler_enabled: t.boolean,
  queueing_enabled: t.boolean,
  refresh_interval: finite,
});

/** @throws UnexpectedAnswer with the path of what has the wrong type */
export function decodePreferences(input: unknown, endpoint: string): Preferences {
  const raw = decodeAnswer(preferences, input, endpoint);
  return {
    uploadLimitBps: raw.up_limit === undefined ? null : limitFromWire(raw.up_limit),
    alternativeUploadLimitBps: raw.alt_up_limit === undefined ? null : limitFromWire(raw.alt_up_limit),
    schedulerEnabled: raw.scheduler_enabled ?? null,
    queueingEnabled: raw.queueing_enabled ?? null,
    refreshIntervalMs: raw.refresh_interval ?? null,
  };
}
