import { type DemandInput, estimateDemand, type Neighbours } from './demand.ts';
import { fillUp, nextFill, showsSlack } from './fill.ts';
import { guardLimit, type IdleGuard, idleGuardOf } from './guard.ts';
import type { Open } from './open.ts';
import { pressesOn } from './pressure.ts';
import { noUsage } from './rate-meter.ts';
import { MANY } from './room.ts';
import { isActive } from './selection.ts';
import { crowdSize, type StandbyCrowd } from './standby.ts';
import { count } from './sum.ts';
import { TorrentMemories } from './torrent-memories.ts';
import type { ControlSettings, TorrentMemory, TorrentReading } from './types.ts';
import { UNLIMITED } from './units.ts';
import { sharedWeights } from './weights.ts';

/** A torrent that uses less than the largest guard with this much room still lives below its guard. */
const GUARD_ROOM = 0.2;
/** Limits up to this part of the guard limit are guards: nothing is known of the torrent's demand yet. */
const GUARD_LIKE = 1.35;
/** When all torrents together fall to this part from one sample to the next, it was the client that stood still. */
const STALLED_BELOW = 0.3;

/** What one managed torrent is thought to want in this cycle, before it is known what it can be given. */
export interface TorrentEstimate {
  readonly reading: TorrentReading;
  readonly active: boolean;
  /** What is known of it as of this cycle, its demand among it. */
  readonly known: TorrentMemory;
}

export interface EstimateInput {
  readonly now: number;
  readonly settings: ControlSettings;
  readonly readings: readonly TorrentReading[];
  /** What is known of them as of the cycle before. */
  readonly before: TorrentMemories;
  /** The tracker's cap, B/s. */
  readonly capBps: number;
  /** What the managed torrents may share of it as it was last granted, B/s. */
  readonly availableBps: number;
  /** Idle torrents of the tracker that are not among the readings. */
  readonly crowd: StandbyCrowd;
  /** How many more are held at a standby limit. */
  readonly excess: number;
}

/** What each torrent and each idle one may start with, and the estimates in the order of the readings. */
export function estimateTorrents(input: EstimateInput): {
  readonly guardBps: number;
  readonly idleGuard: IdleGuard;
  readonly estimates: readonly TorrentEstimate[];
  /** What the next cycle begins with. */
  readonly memories: TorrentMemories;
} {
  const { settings, readings } = input;
  const known = readings.map(({ key }) => input.before.get(key));
  const actives = readings.map((reading) => isActive(reading, settings));
  const tracker = viewOf(input, actives);
  const weights = settings.strategy === 'equal' ? null : sharedWeights(readings, known, actives);
  const asked = nothingAsked(settings, tracker.neighbours);
  const memories = TorrentMemories.of(readings, (reading, index, into) => {
    const before = known[index] ?? rested(reading);
    judge(reading, before, actives[index] ?? false, tracker, input.now, asked, into);
    into.weight = weights?.[index] ?? 1;
  });
  const estimates = readings.map((reading, index): TorrentEstimate => {
    return { reading, active: actives[index] ?? false, known: memories.at(index) };
  });
  return { guardBps: tracker.neighbours.guardBps, idleGuard: tracker.idleGuard, estimates, memories };
}

interface TrackerView {
  readonly stalled: boolean;
  readonly idleGuard: IdleGuard;
  readonly neighbours: Neighbours;
}

/** How the torrents stand together. In one pass, as there are many in each cycle. */
function viewOf(
  { readings, availableBps, capBps, crowd, excess }: EstimateInput,
  actives: readonly boolean[],
): TrackerView {
  const largestGuardBps = guardLimit(capBps, 1);
  let usedBps = 0;
  let steadyBps = 0;
  let latestBps = 0;
  let pressing = 0;
  // How many live below their guard: idle ones, and those that use so little that the guard is their limit. One that
  // wakes counts on until it has outgrown it, or the others' guards would grow as it wakes.
  let guarded = crowdSize(crowd) + excess;
  for (const reading of readings) {
    const { usage, limitBps } = reading;
    usedBps += usage.rateBps;
    steadyBps += Math.max(usage.rateBps, usage.longBps);
    latestBps += usage.latestBps;
    if (pressesOn(usage, limitBps)) pressing += 1;
    if (usage.rateBps * (1 + GUARD_ROOM) < largestGuardBps) guarded += 1;
  }
  const busy = count(actives, Boolean);
  const guardBps = guardLimit(capBps, guarded);
  const freeBps = Math.max(0, availableBps - steadyBps);
  return {
    stalled: latestBps < STALLED_BELOW * usedBps,
    idleGuard:
      crowd.limitBps === null
        ? idleGuardOf(capBps, guardBps, freeBps, readings.length - busy)
        : { limitBps: crowd.limitBps, mostBps: largestGuardBps },
    neighbours: {
      guardBps,
      pressing,
      freePartBps: Math.max(0, availableBps - usedBps) / Math.max(1, pressing),
      risingPart: Math.min(1, MANY / Math.max(1, busy)),
    },
  };
}

/**
 * What is known of a torrent that was at rest under its standby limit until now: it used nothing of it. Null for one
 * that was not measured before, or has been for long: nothing was remembered of that one.
 */
function rested({ held, usage, limitBps, lastActivityAt }: TorrentReading): TorrentMemory | null {
  if (!held || usage.spanMs === 0 || usage.settled) return null;
  return {
    demandBps: 0,
    pressedAt: Number.NEGATIVE_INFINITY,
    activeAt: lastActivityAt,
    appetite: 'unknown',
    weight: 1,
    limitBps,
    allowedBps: limitBps,
    usedBps: 0,
    slackSince: 0,
  };
}

/** @param asked takes what the estimate depends on: one for all torrents of a tracker, as they are thousands */
function judge(
  reading: TorrentReading,
  before: TorrentMemory | null,
  active: boolean,
  { stalled, idleGuard, neighbours }: TrackerView,
  now: number,
  asked: Open<DemandInput>,
  into: Open<TorrentMemory>,
): void {
  const { limitBps, usage } = reading;
  const appetite = before?.appetite ?? 'unknown';
  const isUntried = before?.appetite === 'unknown' && limitBps <= idleGuard.mostBps;
  nextFill(into, before, usage, limitBps, now);
  asked.usage = stalled ? { ...usage, settled: false } : usage;
  asked.limitBps = limitBps;
  asked.ownLimitBps = reading.ownLimitBps;
  asked.previousBps = before?.demandBps ?? null;
  asked.appetite = appetite;
  asked.sincePressingMs = now - (before?.pressedAt ?? Number.NEGATIVE_INFINITY);
  asked.usedBps = into.usedBps;
  asked.slack = showsSlack(into, now);
  asked.guarded = reading.held && (isUntried || limitBps <= neighbours.guardBps * GUARD_LIKE);
  asked.leechersConnected = reading.leechersConnected;
  const demand = estimateDemand(asked);
  // What it used before it pressed is no slack.
  if (demand.appetite === 'hungry' && appetite !== 'hungry') fillUp(into, limitBps);
  into.demandBps = demand.demandBps;
  into.pressedAt = demand.presses ? now : (before?.pressedAt ?? Number.NEGATIVE_INFINITY);
  into.activeAt = active ? now : (before?.activeAt ?? reading.lastActivityAt);
  into.appetite = active ? demand.appetite : 'unknown';
}

function nothingAsked({ activeThresholdBps }: ControlSettings, neighbours: Neighbours): Open<DemandInput> {
  return {
    usage: noUsage(),
    limitBps: UNLIMITED,
    ownLimitBps: UNLIMITED,
    previousBps: null,
    appetite: 'unknown',
    sincePressingMs: Number.POSITIVE_INFINITY,
    usedBps: 0,
    slack: false,
    guarded: false,
    leechersConnected: 0,
    activeThresholdBps,
    neighbours,
  };
}
