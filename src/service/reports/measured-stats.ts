import type { Measured } from '../../control/cap-watch.ts';
import { toMibps, UNLIMITED } from '../../control/units.ts';
import { isoTime } from '../measures/alarm.ts';
import type { Service } from '../service.ts';

/*
 * What was measured against what was configured: fields of /stats and /stats/trackers.
 */

type Json = Record<string, unknown>;

export function measuredCycles({ measures, picture, live }: Service): Json {
  const { meanIntervalMs, meanTimes, slowSince } = measures.pace.figures;
  const { fullReads } = picture;
  return {
    control_interval: live.config.global.control_interval,
    cycle_interval: seconds(meanIntervalMs),
    cycle_reading: seconds(meanTimes?.reading),
    cycle_writing: seconds(meanTimes?.writing),
    cycle_waiting: seconds(meanTimes?.waiting),
    cycle_planning: seconds(meanTimes?.planning),
    loop_slow_since: iso(slowSince),
    full_reads: fullReads.isLasting,
    full_reads_in_a_row: fullReads.inARow,
    last_read_bytes: fullReads.lastBytes,
    caps_exceeded: measures.caps.exceeded(),
  };
}

export function measuredTracker({ measures }: Service, trackerId: string): Json {
  const figures = measures.caps.figures(trackerId);
  const alarm = measures.capAlarm(trackerId);
  return {
    mean_10s_over_cap: overCap(figures?.tenSeconds),
    over_cap: figures?.isOver ?? false,
    mean_60s_mbps: figures?.minute == null ? null : toMibps(figures.minute.bps),
    mean_60s_over_cap: overCap(figures?.minute),
    cap_exceeded_since: iso(figures?.exceededSince ?? null),
    ...(alarm === null ? {} : { cap_problem: alarm.problem }),
  };
}

/** Measured upload over the effective cap, as a factor; null without a cap, or before it is known. */
function overCap(mean: Measured | null | undefined): number | null {
  if (mean == null || mean.capBps === UNLIMITED) return null;
  return Math.round((mean.bps / mean.capBps) * 1000) / 1000;
}

function seconds(ms: number | null | undefined): number | null {
  return ms == null ? null : Math.round(ms) / 1000;
}

function iso(ms: number | null): string | null {
  return ms === null ? null : isoTime(ms);
}
