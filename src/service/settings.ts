import type { Config } from '../config/schema.ts';
import type { ControlSettings } from '../control/types.ts';
import { KIB, UNLIMITED } from '../control/units.ts';

const LEAST_ALPHA = 0.01;

/** The config in the control core's units. @param percentage of rollout now in force, 0..100 */
export function controlSettings(config: Config, percentage: number): ControlSettings {
  const { global } = config;
  return {
    strategy: global.allocation_strategy,
    soft: {
      borrowThresholdRatio: global.borrow_threshold_ratio,
      maxBorrowFraction: global.max_borrow_fraction,
      // 0 would never move a loan: as slow as can be is meant.
      smoothingAlpha: Math.max(LEAST_ALPHA, global.smoothing_alpha),
      minEffectiveDelta: global.min_effective_delta,
    },
    trackers: config.trackers.map((tracker) => ({
      id: tracker.id,
      capBps: tracker.max_upload_speed === -1 ? UNLIMITED : tracker.max_upload_speed,
      priority: tracker.priority,
    })),
    activeThresholdBps: global.active_torrent_threshold_kb * KIB,
    differentialThreshold: global.differential_threshold,
    maxCallsPerCycle: global.max_api_calls_per_cycle,
    maxManagedTorrents: global.max_managed_torrents,
    rolloutPercentage: percentage,
    idleGuard: global.idle_guard,
    autoUnlimitOnInactive: global.auto_unlimit_on_inactive,
    idleReleaseMs: global.cache_ttl_seconds * 1000,
  };
}
