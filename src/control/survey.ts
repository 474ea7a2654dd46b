import { estimateTorrents, type TorrentEstimate } from './estimate.ts';
import type { IdleGuard } from './guard.ts';
import type { Loan } from './lending.ts';
import type { Role } from './selection.ts';
import type { StandbyCrowd } from './standby.ts';
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
  /** What each of them is to the cycle. */
  readonly roles: readonly Role[];
  readonly crowd: StandbyCrowd;
  readonly memory: ControlMemory;
}

/** How one tracker stands before it is said what it may have: what it uses, and what it wants. */
export interface Survey {
  readonly tracker: TrackerSettings;
  /** In force, B/s. */
  readonly capBps: number;
  readonly readings: readonly TorrentReading[];
  readonly roles: readonly Role[];
  readonly crowd: StandbyCrowd;
  readonly outside: readonly TorrentReading[];
  /** Those that upload beyond `maxManagedTorrents`. */
  readonly excess: readonly TorrentReading[];
  /** Upload of both, B/s: it comes off the cap. */
  readonly outsideBps: number;
  readonly usageBps: number;
  /** Of those that are managed, as a cut shows in it soonest, B/s. */
  readonly managedShortBps: number;
  /** What all want together; UNLIMITED when nothing bounds the guess. */
  readonly wantBps: number;
  readonly guardBps: number;
  readonly idleGuard: IdleGuard;
  /** Of those that are managed or on standby; none under an unlimited tracker. */
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

function rateOf({ usage }: TorrentReading): number {
  return usage.rateBps;
}

export function surveyTracker(input: SurveyInput): Survey {
  const { tracker, capBps, settings, readings, roles, crowd, memory, now } = input;
  const ours: TorrentReading[] = [];
  const outside: TorrentReading[] = [];
  const excess: TorrentReading[] = [];
  for (let index = 0; index < readings.length; index += 1) {
    const reading = readings[index] as TorrentReading;
    const role = roles[index];
    (role === 'outside' ? outside : role === 'excess' ? excess : ours).push(reading);
  }
  const outsideBps = sum(outside, rateOf) + sum(excess, rateOf);
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
          crowd,
          excess: excess.length,
        });
  return {
    tracker,
    capBps,
    readings,
    roles,
    crowd,
    outside,
    excess,
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
