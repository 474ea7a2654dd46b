import type { Config } from '../../config/schema.ts';
import { limitFromWire } from '../../control/units.ts';
import type { ServerState } from '../../qbittorrent/codecs.ts';
import type { Preferences } from '../../qbittorrent/preferences.ts';
import { capsTogetherBps, diagnoseClientLimit, type Finding } from './diagnosis.ts';

/** Statistics that move more seldom than this make the loop see late what it has done, ms. */
const REFRESH_AT_MOST_MS = 2_000;
/** Older majors work, from 4.5.2 on. */
const RECENT_MAJOR = 5;

/** What of qBittorrent as it runs now, and of its age, bears on caps. */
export function diagnoseClient(
  appVersion: string,
  preferences: Preferences,
  serverState: ServerState,
  config: Config,
): Finding[] {
  return [
    ...diagnoseClientLimit(serverState, config),
    ...diagnoseAlternativeLimits(serverState, config),
    ...diagnoseRefresh(preferences, config),
    ...diagnoseQueueing(preferences),
    ...diagnoseVersion(appVersion),
  ];
}

/** With less room than the caps together, `diagnoseClientLimit` warns. */
function diagnoseAlternativeLimits(
  { use_alt_speed_limits, up_rate_limit }: ServerState,
  config: Config,
): Finding[] {
  if (use_alt_speed_limits !== true || limitFromWire(up_rate_limit ?? 0) < capsTogetherBps(config)) return [];
  return [
    {
      severity: 'note',
      problem: 'the alternative speed limits are on, with room for the caps',
      advice: 'nothing to do',
    },
  ];
}

function diagnoseRefresh({ refreshIntervalMs }: Preferences, config: Config): Finding[] {
  if (refreshIntervalMs === null || refreshIntervalMs <= REFRESH_AT_MOST_MS) return [];
  const { control_interval } = config.global;
  return [
    {
      severity: 'warning',
      problem: `qBittorrent's statistics move only every ${refreshIntervalMs} ms, and the loop looks every ${control_interval} s: new and waking torrents are seen late`,
      advice: 'set its refresh interval to 1500 ms (Options, Behavior or Advanced)',
    },
  ];
}

function diagnoseQueueing({ queueingEnabled }: Preferences): Finding[] {
  if (queueingEnabled !== true) return [];
  return [
    {
      severity: 'note',
      problem: 'torrent queueing is on: only some torrents are active at a time',
      advice:
        'a cap is used only as far as the active torrents are wanted; raise the numbers in Options, BitTorrent',
    },
  ];
}

function diagnoseVersion(appVersion: string): Finding[] {
  const major = Number(/^v?(\d+)/.exec(appVersion)?.[1] ?? Number.NaN);
  if (!(major < RECENT_MAJOR)) return [];
  return [
    {
      severity: 'note',
      problem: `qBittorrent ${appVersion} is an old version; caps are held by 4.5.2 too, older ones are untried`,
      advice: 'nothing has to be done; from 5.2 on an API key can stand in for the password',
    },
  ];
}
