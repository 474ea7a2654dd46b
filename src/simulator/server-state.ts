import type { FieldValue } from './versioned-fields.ts';

/** `server_state` of the sync data as qBittorrent 5.1 names its fields, before the first refresh. */
export function initialServerState(refreshIntervalMs: number): Record<string, FieldValue> {
  return {
    alltime_dl: 0,
    alltime_ul: 0,
    average_time_queue: 0,
    connection_status: 'connected',
    dht_nodes: 0,
    dl_info_data: 0,
    dl_info_speed: 0,
    dl_rate_limit: 0,
    free_space_on_disk: 500 * 1024 ** 3,
    global_ratio: '-',
    last_external_address_v4: '',
    last_external_address_v6: '',
    queued_io_jobs: 0,
    queueing: false,
    read_cache_hits: '0',
    read_cache_overload: '0',
    refresh_interval: refreshIntervalMs,
    total_buffers_size: 0,
    total_peer_connections: 0,
    total_queued_size: 0,
    total_wasted_session: 0,
    up_info_data: 0,
    up_info_speed: 0,
    up_rate_limit: 0,
    use_alt_speed_limits: false,
    use_subcategories: false,
    write_cache_overload: '0',
  };
}
