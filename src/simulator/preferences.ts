import * as t from 'io-ts';

export type Preferences = Record<string, string | number | boolean>;

/** `app/preferences`: the keys that bear on upload limits, queueing, log-in and external programs. */
export function defaultPreferences(port: number, refreshIntervalMs: number): Preferences {
  return {
    alt_dl_limit: 10_240,
    alt_up_limit: 10_240,
    autorun_enabled: false,
    autorun_on_torrent_added_enabled: false,
    autorun_on_torrent_added_program: '',
    autorun_program: '',
    bypass_auth_subnet_whitelist: '',
    bypass_auth_subnet_whitelist_enabled: false,
    bypass_local_auth: true,
    dht: true,
    dl_limit: 0,
    limit_lan_peers: true,
    limit_tcp_overhead: false,
    limit_utp_rate: true,
    listen_port: 6881,
    lsd: true,
    max_active_torrents: 5,
    max_active_uploads: 3,
    max_connec: 500,
    max_connec_per_torrent: 100,
    max_ratio: -1,
    max_ratio_enabled: false,
    max_seeding_time: -1,
    max_seeding_time_enabled: false,
    max_uploads: 20,
    max_uploads_per_torrent: 4,
    pex: true,
    queueing_enabled: false,
    refresh_interval: refreshIntervalMs,
    save_path: '/downloads',
    save_resume_data_interval: 60,
    schedule_from_hour: 8,
    schedule_from_min: 0,
    schedule_to_hour: 20,
    schedule_to_min: 0,
    scheduler_days: 0,
    scheduler_enabled: false,
    up_limit: 0,
    upload_choking_algorithm: 1,
    upload_slots_behavior: 0,
    web_ui_address: '127.0.0.1',
    web_ui_ban_duration: 3600,
    web_ui_csrf_protection_enabled: true,
    web_ui_host_header_validation_enabled: true,
    web_ui_max_auth_fail_count: 5,
    web_ui_port: port,
    web_ui_session_timeout: 3600,
    web_ui_username: 'admin',
  };
}

/**
 * The keys of `app/setPreferences`' JSON that exist and have the right type. As in qBittorrent, all else is
 * ignored without an error, JSON that doesn't parse too.
 */
export function acceptedPreferences(json: string, known: Preferences): Preferences {
  const accepted: Preferences = {};
  const decoded = t.UnknownRecord.decode(parseOrNull(json));
  if (decoded._tag === 'Left') return accepted;
  for (const [key, value] of Object.entries(decoded.right)) {
    if (typeof value !== typeof known[key]) continue;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      accepted[key] = value;
  }
  return accepted;
}

function parseOrNull(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
