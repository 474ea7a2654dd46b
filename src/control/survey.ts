import { estimateTorrents, type TorrentEstimate } from './estimate.ts';
import type { IdleGuard } from './guard.ts';
import type { Loan } from './lending.ts';
import { sum } from './sum.ts';
import { TorrentMemories } from './torrent-memories.ts';
import { type Trim, UNTRIMMED } from './trim.ts';
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
  /** In force: as configured, or lowered by qBittorrent's own limit, B/s. */
  readonly capBps: number;
  /** Every torrent of this tracker, in the order of their keys. */
  readonly readings: readonly TorrentReading[];
  /** Which of them are managed. */
  readonly managed: readonly boolean[];
  readonly memory: ControlMemory;
}

/** How one tracker stands before it is said what it may have: what it uses, and what it wants. */
export interface Survey {
  readonly tracker: TrackerSettings;
  /** In force, B/s. */
  readonly capBps: number;
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
  readonly idleGuard: IdleGuard;
  /** Of those that are managed; none under an unlimited tracker. */
  readonly estimates: readonly TorrentEstimate[];
  /** What the next cycle begins with, of the same. */
  readonly memories: TorrentMemories;
  readonly before: TrackerMemory;
}

const UNGUARDED: IdleGuard = { limitBps: UNLIMITED, mostBps: UNLIMITED };
const NOTHING_BEFORE: TrackerMemory = { trim: UNTRIMMED, loan: null, torrents: TorrentMemories.NONE };

/** What a tracker may upload, B/s: its cap, or what lending made of it, which leaves alone what is outside. */
export function grantedOf(capBps: number, outsideBps: number, loan: Loan | null): number {
  return loan === null ? capBps : loan.grantedBps + Math.min(outsideBps, capBps);
}

/** What the managed torrents may share of that, B/s: trimmed, without what is outside. */
export function availableOf(grantedBps: number, outsideBps: number, { factor }: Trim): number {
  return Math.max(0, grantedBps * factor - outsideBps);
}

export function surveyTracker(input: SurveyInput): Survey {
  const { tracker, capBps, settings, readings, managed, memory, now } = input;
  const ours: TorrentReading[] = [];
  const outside: TorrentReading[] = [];
  for (let index = 0; index < readings.length; index += 1)
    (managed[index] === true ? ours : outside).push(readings[index] as TorrentReading);
  const outsideBps = sum(outside, ({ usage }) => usage.rateBps);
  const before = memory.trackers.get(tracker.id) ?? NOTHING_BEFORE;
  const lastGrantedBps = grantedOf(capBps, outsideBps, before.loan);
  const availableBps = availableOf(lastGrantedBps, outsideBps, before.trim);
  const { guardBps, idleGuard, estimates, memories } =
    capBps === UNLIMITED
      ? { guardBps: UNLIMITED, idleGuard: UNGUARDED, estimates: [], memories: TorrentMemories.NONE }
      : estimateTorrents({
          now,
          settings,
          readings: ours,
          before: before.torrents,
          capBps: tracker.capBps,
          availableBps,
        });
  return {
    tracker,
    capBps,
    readings,
    outside,
    outsideBps,
    usageBps: sum(readings, ({ usage }) => usage.rateBps),
    managedShortBps: sum(ours, ({ usage }) => usage.shortBps),
    wantBps: outsideBps + sum(estimates, ({ known }) => known.demandBps),
    guardBps,
    idleGuard,
    estimates,
    memories,
    before,
  };
}
