import { sum } from './sum.ts';
import type { ControlMemory, TorrentReading, TrackerSettings } from './types.ts';
import { UNLIMITED } from './units.ts';
import { waterLevel } from './water-level.ts';

/*
 * qBittorrent's own limit over all torrents, global or alternative, makes the world smaller. Under full caps torrents
 * would use less than their limits let them: all would be thought to be met, their limits would rise, and each would
 * save up seconds of its limit, so that the caps break when qBittorrent's limit is lifted. So caps that don't fit into
 * it together are lowered until they do, max-min fair: limits bind again, and what they show is true.
 */

/** A cap is lowered no further: by then it limits no torrent, and guards and levels would be lost for a night. */
const LEAST_PART = 0.1;

export interface ClientLimitInput {
  /** qBittorrent's own upload limit in force, B/s; UNLIMITED when there is none. */
  readonly clientLimitBps: number;
  readonly trackers: readonly TrackerSettings[];
  readonly readingsOf: (trackerId: string) => readonly TorrentReading[];
  readonly memory: ControlMemory;
}

/** Each tracker's cap in force, B/s: as configured while what all want fits into qBittorrent's own limit. */
export function capsWithinClient(input: ClientLimitInput): ReadonlyMap<string, number> {
  const { clientLimitBps, trackers } = input;
  if (clientLimitBps === UNLIMITED) return new Map(trackers.map(({ id, capBps }) => [id, capBps]));
  const demandsBps = trackers.map((tracker) => claimOf(tracker, input));
  const levelBps = waterLevel({ demandsBps }, clientLimitBps);
  return new Map(
    trackers.map(({ id, capBps }): [string, number] => {
      const lowered = Math.max(LEAST_PART * capBps, Math.min(capBps, levelBps));
      return [id, capBps === UNLIMITED ? UNLIMITED : lowered];
    }),
  );
}

/** What it is thought to want under its cap. One without a cap takes what it takes: nothing holds it to less. */
function claimOf({ id, capBps }: TrackerSettings, { readingsOf, memory }: ClientLimitInput): number {
  const torrents = memory.trackers.get(id)?.torrents;
  const wantBps = sum(readingsOf(id), ({ key, usage }) =>
    Math.max(usage.rateBps, torrents?.get(key)?.demandBps ?? 0),
  );
  return Math.min(capBps, wantBps);
}
