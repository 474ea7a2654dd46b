import type { CyclePart, PaceFigures } from '../../control/pace-watch.ts';
import { type Alarm, isoTime } from './alarm.ts';

/** Parts that together take less than this of the real interval do not explain it. */
const EXPLAINS = 0.5;

interface PaceSettings {
  readonly control_interval: number;
  readonly calls_per_second: number;
}

/** Null while cycles are on time. */
export function paceAlarm(figures: PaceFigures, settings: PaceSettings): Alarm | null {
  const { meanIntervalMs, slowSince } = figures;
  if (slowSince === null || meanIntervalMs === null) return null;
  return {
    kind: 'loop_slow',
    trackerId: null,
    problem:
      `cycles have been late since ${isoTime(slowSince)}: one every ${seconds(meanIntervalMs)}, ` +
      `control_interval is ${settings.control_interval} s; ${reason(figures, meanIntervalMs, settings)}`,
    isFault: true,
  };
}

function reason({ meanTimes }: PaceFigures, intervalMs: number, { calls_per_second }: PaceSettings): string {
  const times = meanTimes === null ? [] : (Object.entries(meanTimes) as [CyclePart, number][]);
  const totalMs = times.reduce((sum, [, ms]) => sum + ms, 0);
  const [longest] = times.sort(([, a], [, b]) => b - a);
  if (longest === undefined || totalMs < EXPLAINS * intervalMs) {
    return 'they begin late: the machine is too busy, or cycles fail (see the log); lower its load, or raise control_interval';
  }
  const [part, ms] = longest;
  const took = seconds(ms);
  const reasons: Readonly<Record<CyclePart, string>> = {
    reading: `qBittorrent takes ${took} to answer a read; lower its load, or raise control_interval`,
    writing: `qBittorrent takes ${took} to take the limits of a cycle; lower its load, or raise control_interval`,
    waiting: `calls wait ${took} for their turn (calls_per_second: ${calls_per_second}) and the journal; raise calls_per_second or control_interval, or put the journal on a faster disk`,
    planning: `Qguardarr's own work takes ${took}; give it more CPU time, or raise control_interval`,
  };
  return reasons[part];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
