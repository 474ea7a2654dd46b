import type { Fill } from '../../src/control/fill.ts';
import { TorrentMemories } from '../../src/control/torrent-memories.ts';
import { UNTRIMMED } from '../../src/control/trim.ts';
import type {
  ControlSettings,
  PlanInput,
  TorrentMemory,
  TorrentReading,
  TrackerMemory,
  Usage,
} from '../../src/control/types.ts';
import { EMPTY_MEMORY } from '../../src/control/types.ts';
import { KIB, MIB, UNLIMITED } from '../../src/control/units.ts';

export const NOW = 1_700_000_000_000;

export function usageOf(rateBps: number, settled = true): Usage {
  return {
    rateBps,
    latestBps: rateBps,
    shortBps: rateBps,
    longBps: rateBps,
    spanMs: settled ? 6_000 : 0,
    settled,
  };
}

/** A torrent that is managed, long settled and in rollout, unless told otherwise. */
export function readingOf(key: string, fields: Partial<TorrentReading> = {}): TorrentReading {
  return {
    key,
    trackerId: 't',
    limitBps: UNLIMITED,
    ownLimitBps: UNLIMITED,
    held: false,
    inRollout: true,
    announces: true,
    leechersConnected: 1,
    leechersKnown: 1,
    lastActivityAt: NOW,
    addedAt: NOW,
    usage: usageOf(0),
    ...fields,
  };
}

/** Of a torrent that takes all that it may. */
export function fullFill(limitBps: number): Fill {
  return { limitBps, allowedBps: limitBps, usedBps: limitBps, slackSince: null };
}

/** Of a torrent that nothing is known of. */
export function memoryOf(fields: Partial<TorrentMemory> = {}): TorrentMemory {
  return {
    demandBps: 0,
    appetite: 'unknown',
    pressedAt: 0,
    activeAt: 0,
    weight: 1,
    ...fullFill(UNLIMITED),
    ...fields,
  };
}

/** Of a tracker with these torrents, by their keys. */
export function trackerMemoryOf(torrents: Readonly<Record<string, Partial<TorrentMemory>>>): TrackerMemory {
  const entries = Object.entries(torrents).map(([key, fields]) => ({ key, known: memoryOf(fields) }));
  const inOrder = entries.sort((a, b) => (a.key < b.key ? -1 : 1));
  return {
    trim: UNTRIMMED,
    loan: null,
    torrents: TorrentMemories.of(inOrder, ({ known }, _, into) => Object.assign(into, known)),
  };
}

export const SETTINGS: ControlSettings = {
  strategy: 'equal',
  soft: { borrowThresholdRatio: 0.9, maxBorrowFraction: 0.5, smoothingAlpha: 0.4, minEffectiveDelta: 0.1 },
  trackers: [{ id: 't', capBps: 4 * MIB, priority: 1 }],
  activeThresholdBps: 10 * KIB,
  differentialThreshold: 0.2,
  maxCallsPerCycle: 500,
  maxManagedTorrents: 1000,
  rolloutPercentage: 100,
  idleGuard: 'recent',
  autoUnlimitOnInactive: false,
  idleReleaseMs: 1_800_000,
};

export function planInputOf(
  readings: readonly TorrentReading[],
  settings: Partial<ControlSettings> = {},
): PlanInput {
  return {
    now: NOW,
    settings: { ...SETTINGS, ...settings },
    readings,
    clientLimitBps: UNLIMITED,
    dormant: new Map(),
    crowds: new Map(),
    tenSecondMeans: new Map(),
    trackerStates: new Map(),
    memory: EMPTY_MEMORY,
  };
}
