import { estimateTorrents, type TorrentEstimate } from './estimate.ts';
import type { Loan } from './lending.ts';
import { sum } from './sum.ts';
import type { TorrentKey } from './torrent.ts';
import { UNTRIMMED } from './trim.ts';
import type {
  ControlMemory,
  ControlSettings,
  TorrentReading,
  TrackerMemory,
  TrackerSettings,
} from './types.ts';
import { UNLIMITED } from './units.ts';

export interface SurveyInput {
  readonly now: number;
  readonly settings: ControlSettings;
  readonly tracker: TrackerSettings;
  /** Every torrent of this tracker. */
  readonly readings: readonly TorrentReading[];
  readonly managed: ReadonlySet<TorrentKey>;
  readonly memory: ControlMemory;
}

/** How one tracker stands before it is said what it may have: what it uses, and what it wants. */
export interface Survey {
  readonly tracker: TrackerSettings;
  readonly readings: readonly TorrentReading[];
  readonly outside: readonly TorrentReading[];
  /** Upload of those that are not managed, B/s: it comes off the cap. */
  readonly outsideBps: number;
  readonly usageBps: number;
  /** Of those that are managed, as a cut shows in it soonest, B/s. */
  readonly managedShortBps: number;
  /** What all want together; UNLIMITED when nothing bounds the guess. */
  readonly wantBps: number;
  readonly guardBps: number;
  /** Of those that are managed; none under an unlimited tracker. */
  readonly estimates: readonly TorrentEstimate[];
  readonly before: TrackerMemory;
}

const NOTHING_BEFORE: TrackerMemory = { trim: UNTRIMMED, loan: null };

/**
 * What the managed torrents may share, B/s: the cap, or what lending made of it, trimmed, without what is outside.
 * @param loan of this cycle; left out: of the one before
 */
export function availableOf(
  capBps: number,
  { trim, loan }: TrackerMemory,
  outsideBps: number,
  current: Loan | null = loan,
): number {
  const grantedBps = current === null ? capBps : current.grantedBps + Math.min(outsideBps, capBps);
  return Math.max(0, grantedBps * trim.factor - outsideBps);
}

export function surveyTracker(input: SurveyInput): Survey {
  const { tracker, settings, readings, managed, memory, now } = input;
  const ours = readings.filter((reading) => managed.has(reading.key));
  const outside = readings.filter((reading) => !managed.has(reading.key));
  const outsideBps = sum(outside, ({ usage }) => usage.rateBps);
  const before = memory.trackers.get(tracker.id) ?? NOTHING_BEFORE;
  const capBps = tracker.capBps;
  const availableBps = availableOf(capBps, before, outsideBps);
  const { guardBps, estimates } =
    capBps === UNLIMITED
      ? { guardBps: UNLIMITED, estimates: [] }
      : estimateTorrents({ now, settings, readings: ours, memory, capBps, availableBps });
  return {
    tracker,
    readings,
    outside,
    outsideBps,
    usageBps: sum(readings, ({ usage }) => usage.rateBps),
    managedShortBps: sum(ours, ({ usage }) => usage.shortBps),
    wantBps: outsideBps + sum(estimates, ({ demandBps }) => demandBps),
    guardBps,
    estimates,
    before,
  };
}
