/*
 * What the dashboard gets, over /events, /stats/history and /torrents. No imports: the page shares these types.
 * Rates and limits are B/s; null stands for unlimited, as infinity isn't JSON.
 */

/** A tracker as the latest cycle left it. */
export interface LiveTracker {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  /** Since when it is in that state, ISO; null before the first cycle. */
  readonly since: string | null;
  readonly cap_bps: number | null;
  readonly effective_cap_bps: number | null;
  readonly borrowed_bps: number;
  readonly lent_bps: number;
  readonly usage_bps: number;
  readonly mean_10s_bps: number;
  readonly torrents: number;
  readonly managed_torrents: number;
  readonly standby_torrents: number;
  readonly standby_waiting_torrents: number;
  readonly active_torrents: number;
  /** Why its cap is exceeded or can't be held, with what helps; null when it is held. */
  readonly cap_problem: string | null;
}

export interface LiveStats {
  /** End of the latest cycle, Unix ms; null before the first. */
  readonly at: number | null;
  readonly trackers: readonly LiveTracker[];
}

export interface LiveContest {
  readonly kind: 'controller' | 'rewriter' | 'unknown-limits';
  readonly problem: string;
  readonly advice: string;
}

export interface LiveLink {
  readonly state: string;
  readonly since: string | null;
  readonly problem: string | null;
  /** Why nothing may be written to the client; null while it may. */
  readonly contest: LiveContest | null;
  readonly qbittorrent_version: string | null;
}

export interface LiveCycle {
  readonly state: string;
  readonly number: number;
  readonly problem: string | null;
  /** The latest that came to its end. */
  readonly last: {
    readonly at: number;
    readonly duration_ms: number;
    readonly changed: number;
    readonly calls: number;
    readonly failed_calls: number;
    readonly deferred: number;
  } | null;
}

/** The plan of steps under way. */
export interface LiveRollout {
  /** 1-based. */
  readonly step: number;
  readonly steps: number;
  readonly ends_at: string;
  /** By hand. */
  readonly held: boolean;
  /** Why its gate is shut, or null. */
  readonly gate_problem: string | null;
  readonly on_gate_failure: 'hold' | 'rollback';
  readonly gates: {
    /** 0..1 */
    readonly max_api_error_rate: number;
    readonly max_cap_overshoot: number;
    readonly max_latency_ms: number;
  };
  readonly plan: readonly { readonly percentage: number /** Seconds. */; readonly hold: number }[];
  readonly percentage_before: number;
}

export interface LiveState {
  readonly version: string;
  readonly service: {
    readonly state: string;
    readonly since: string | null;
    readonly rollout_percentage: number;
    readonly rollout: LiveRollout | null;
    /** What was rolled back and is left alone until it is resumed, such as 'tracker "x"'. */
    readonly rolled_back_parts: readonly string[];
    readonly dry_run: boolean;
  };
  readonly health: { readonly status: string; readonly problems: readonly string[] };
  readonly strategy: string;
  readonly control_interval_seconds: number;
  /** Torrents that hold a limit of Qguardarr's. */
  readonly held_torrents: number;
  readonly last_events: readonly {
    readonly at: string;
    readonly event: string;
    readonly [field: string]: unknown;
  }[];
}

export type LiveUpdate =
  | { readonly event: 'state'; readonly data: LiveState }
  | { readonly event: 'stats'; readonly data: LiveStats }
  | { readonly event: 'link'; readonly data: LiveLink }
  | { readonly event: 'cycle'; readonly data: LiveCycle };

/** The last minutes of every tracker. All lists are as long as `at`, oldest first. */
export interface HistoryReport {
  readonly span_seconds: number;
  /** Unix ms. */
  readonly at: readonly number[];
  readonly trackers: Readonly<
    Record<
      string,
      {
        /** Null where it wasn't configured yet. */
        readonly usage_bps: readonly (number | null)[];
        readonly effective_cap_bps: readonly (number | null)[];
      }
    >
  >;
}

export const TORRENT_SORTS = ['name', 'tracker', 'usage', 'limit', 'original', 'reason'] as const;
export const TORRENT_SHOWS = ['all', 'managed', 'active', 'own-limit'] as const;

export interface TorrentQuery {
  /** In name or info-hash, in any case; '' for all. */
  readonly search: string;
  /** Null for all; '' for those of no known tracker. */
  readonly tracker: string | null;
  readonly show: (typeof TORRENT_SHOWS)[number];
  readonly sort: (typeof TORRENT_SORTS)[number];
  readonly order: 'asc' | 'desc';
  readonly offset: number;
  readonly limit: number;
}

export interface TorrentRow {
  readonly hash: string;
  readonly name: string;
  readonly tracker: string | null;
  readonly usage_bps: number;
  readonly limit_bps: number | null;
  /** The user's own limit, which a rollback restores. */
  readonly original_bps: number | null;
  readonly managed: boolean;
  readonly reason: string;
  /** When Qguardarr last changed its limit in this run, ISO. */
  readonly changed_at: string | null;
  readonly leechers: number;
  /** qBittorrent's word for it. */
  readonly state: string;
}

export interface TorrentPage {
  /** All that the filters let through. */
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
  readonly items: readonly TorrentRow[];
}
