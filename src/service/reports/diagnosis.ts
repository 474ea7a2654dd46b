import type { Config } from '../../config/schema.ts';
import { groupBy } from '../../control/group-by.ts';
import { isCatchAll } from '../../control/matching.ts';
import { infoHashOf, type Torrent } from '../../control/torrent.ts';
import { humanRate, limitFromWire, UNLIMITED } from '../../control/units.ts';
import type { ServerState } from '../../qbittorrent/codecs.ts';
import type { Preferences } from '../../qbittorrent/preferences.ts';

/** Something that keeps caps from holding or from being used, and what helps. */
export interface Finding {
  /**
   * 'error': caps are not held. 'warning', the default: they are held worse, or not all used. 'note': good to know.
   */
  readonly severity?: 'error' | 'warning' | 'note';
  readonly problem: string;
  readonly advice: string;
}

/**
 * What qBittorrent's own settings do to caps. Whether its limits apply to peers on the LAN and to µTP is none of them: in
 * 4.5.2, 5.1.0 and 5.3.0 that decides about its global limits only, and a torrent's own limit holds for all its peers.
 */
export function diagnosePreferences(preferences: Preferences): Finding[] {
  if (preferences.schedulerEnabled !== true) return [];
  const alternative = preferences.alternativeUploadLimitBps;
  const rate = alternative === null ? '' : `, to ${humanRate(alternative)}`;
  return [
    {
      problem: `the alternative speed limits are switched by the clock${rate}`,
      advice: 'expect less than the caps at those hours',
    },
  ];
}

/** @param refusal of the calls that keep a marker */
export function diagnoseMarker(refusal: string | null): Finding[] {
  if (refusal === null) return [];
  const problem = `no marker can be kept in the client, so another Qguardarr shows only by the limits that it writes: ${refusal}`;
  return [
    { problem, advice: 'let clientdata/load and clientdata/store through the proxy before qBittorrent' },
  ];
}

/** What qBittorrent's own limit in force, global or alternative, does to caps: it comes and goes while all runs. */
export function diagnoseClientLimit(server: ServerState, config: Config): Finding[] {
  const limitBps = limitFromWire(server.up_rate_limit ?? 0);
  const together = capsTogetherBps(config);
  if (limitBps >= together) return [];
  const name = server.use_alt_speed_limits === true ? 'alternative' : 'global';
  const problem =
    `qBittorrent's ${name} upload limit of ${humanRate(limitBps)} is in force, ` +
    `below the caps together (${humanRate(together)})`;
  const advice =
    'what torrents want is shared within it; raise or switch it off, or lower the caps, to use them all at once';
  return [{ problem, advice }];
}

export function capsTogetherBps({ trackers }: Config): number {
  const caps = trackers.filter(({ max_upload_speed }) => max_upload_speed !== -1);
  return caps.reduce((sum, { max_upload_speed }) => sum + max_upload_speed, 0);
}

export function findingText({ problem, advice }: Finding): string {
  return `${problem}: ${advice}`;
}

/** What the torrents and patterns do to caps. @param trackerOf null for a torrent whose tracker is unknown */
export function diagnoseTorrents(
  torrents: readonly Torrent[],
  trackerOf: (torrent: Torrent) => string | null,
  isOwnLimit: (torrent: Torrent) => boolean,
  config: Config,
): Finding[] {
  const findings: Finding[] = [];
  const counts = new Map(config.trackers.map(({ id }): [string, number] => [id, 0]));
  const unknown: Torrent[] = [];
  for (const torrent of torrents) {
    const id = trackerOf(torrent);
    if (id === null) unknown.push(torrent);
    else counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const { trackers } = config;
  for (const { id, pattern } of trackers) {
    if (counts.get(id) !== 0 || torrents.length === 0 || isCatchAll(pattern)) continue;
    findings.push({
      problem: `no torrent belongs to tracker "${id}"`,
      advice: 'check its pattern with: qguardarr match <announce URL>',
    });
  }
  if (unknown.length > 0) {
    findings.push({
      severity: 'note',
      problem: `${torrentsHave(unknown.length)} no announce URL that can be read, such as ${infoHashOf(unknown[0]?.key ?? '')}`,
      advice:
        'left alone until qBittorrent shows one; from version 4.5 on it says which torrents have no tracker at all, ' +
        'and these count under the catch-all',
    });
  }
  const own = torrents.filter((torrent) => torrent.uploadLimitBps !== UNLIMITED && isOwnLimit(torrent));
  if (own.length > 0) {
    const byTracker = groupBy(own, (torrent) => trackerOf(torrent) ?? 'unknown');
    const counted = [...byTracker].map(([id, list]) => `${id} ${list.length}`).join(', ');
    findings.push({
      severity: 'note',
      problem: `${torrentsHave(own.length)} an upload limit of ${own.length === 1 ? 'its' : 'their'} own (${counted})`,
      advice: 'nothing to do: it is never exceeded, and comes back after a rollback',
    });
  }
  return findings;
}

function torrentsHave(count: number): string {
  return count === 1 ? '1 torrent has' : `${count} torrents have`;
}
