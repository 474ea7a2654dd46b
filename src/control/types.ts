import type { Appetite } from './demand.ts';
import type { Fill } from './fill.ts';
import type { Loan, SoftSettings } from './lending.ts';
import type { StandbyCrowd } from './standby.ts';
import type { TorrentKey } from './torrent.ts';
import type { TorrentMemories } from './torrent-memories.ts';
import type { Trim } from './trim.ts';

/** A tracker as configured. */
export interface TrackerSettings {
  readonly id: string;
  /** B/s over all of the tracker's torrents; UNLIMITED: Qguardarr leaves its torrents alone. */
  readonly capBps: number;
  /** 1..10, higher borrows first. */
  readonly priority: number;
}

/** Which idle torrents hold a standby limit: those that may wake soon, every one, or none. */
export type IdleGuard = 'recent' | 'all' | 'off';

/** How a tracker's cap is shared: evenly, by leechers and speed, or that with borrowing between trackers. */
export type Strategy = 'equal' | 'weighted' | 'soft';

/** The states of a tracker's machine: see machines/tracker.machine.ts. */
export type TrackerState = 'unlimited' | 'within' | 'pressing' | 'borrowing' | 'lending';

/** What the user configured, in the control core's own units. */
export interface ControlSettings {
  readonly strategy: Strategy;
  readonly soft: SoftSettings;
  readonly trackers: readonly TrackerSettings[];
  /** A torrent that uploads less is idle, B/s. */
  readonly activeThresholdBps: number;
  /** Raises smaller than this part of the present limit wait, unless the cap is measurably unused; 0..1. */
  readonly differentialThreshold: number;
  readonly maxCallsPerCycle: number;
  readonly maxManagedTorrents: number;
  readonly rolloutPercentage: number;
  readonly idleGuard: IdleGuard;
  /** Release an idle torrent at once instead of guarding it. */
  readonly autoUnlimitOnInactive: boolean;
  /** A torrent idle for longer leaves the managed set, unless the idle guard holds it; ms. */
  readonly idleReleaseMs: number;
}

/**
 * A torrent's measured upload, all in B/s. `rateBps` and `longBps` are of samples since its limit last changed by
 * more than a tenth, and took effect.
 */
export interface Usage {
  /** Over the control window (about 6 s, shorter while there are fewer samples). */
  readonly rateBps: number;
  /** Over the latest pair of samples: quick, but off by up to 40 %. */
  readonly latestBps: number;
  /** Over the last 3 to 4 s, whatever limit was in force: shows a cut as soon as it can be seen. */
  readonly shortBps: number;
  /** Over up to 12 s: slow, but exact to a few per cent. */
  readonly longBps: number;
  /** How long the samples of `longBps` span, ms; 0 with fewer than two. */
  readonly spanMs: number;
  /** True when the samples suffice to judge the torrent by its present limit. */
  readonly settled: boolean;
}

/** All that the plan knows of one torrent of a configured tracker. */
export interface TorrentReading {
  readonly key: TorrentKey;
  readonly trackerId: string;
  /** The limit in force, B/s: what was last written, where the sync data doesn't show it yet. */
  readonly limitBps: number;
  /** The limit that is the user's own, a ceiling and what a release restores; UNLIMITED when there is none. */
  readonly ownLimitBps: number;
  /** The present limit is Qguardarr's, not the user's. */
  readonly held: boolean;
  /**
   * False for those that rollout leaves out, those that a rollback of a part has released, and those with a limit of
   * Qguardarr's whose original is not known.
   */
  readonly inRollout: boolean;
  /** It is in touch with its tracker, so that its leechers show. Not while stopped, queued, checked, moved or in error. */
  readonly announces: boolean;
  readonly leechersConnected: number;
  readonly leechersKnown: number;
  /** Unix ms. */
  readonly lastActivityAt: number;
  readonly addedAt: number;
  readonly usage: Usage;
}

/** What one cycle leaves for the next. Never written to disk: a restart begins without it. */
export interface ControlMemory {
  readonly trackers: ReadonlyMap<string, TrackerMemory>;
  /** Whose turn it is where calls are too many: grows by one each cycle. */
  readonly turn: number;
}

export interface TorrentMemory extends Fill {
  /** The last demand estimate, B/s. */
  readonly demandBps: number;
  /** When it was last seen to press on its limit, Unix ms; -Infinity: never. */
  readonly pressedAt: number;
  /** When it last uploaded more than the threshold, Unix ms. */
  readonly activeAt: number;
  readonly appetite: Appetite;
  /** Its right to the cap as it was held, see weights.ts. */
  readonly weight: number;
}

export interface TrackerMemory {
  readonly trim: Trim;
  /** Null unless it lends or borrows. */
  readonly loan: Loan | null;
  /** Of those that were managed. */
  readonly torrents: TorrentMemories;
}

export interface PlanInput {
  readonly now: number;
  readonly settings: ControlSettings;
  readonly readings: readonly TorrentReading[];
  /** qBittorrent's own upload limit in force over all torrents, B/s; UNLIMITED when there is none. */
  readonly clientLimitBps: number;
  /** How many more torrents each tracker has that upload nothing, can't break its cap, and are not held. */
  readonly dormant: ReadonlyMap<string, number>;
  /** Idle torrents of trackers that have many: neither among the readings nor dormant. */
  readonly crowds: ReadonlyMap<string, StandbyCrowd>;
  /** Mean upload of each tracker over the last 10 s, all torrents, B/s; absent before 10 s are known. */
  readonly tenSecondMeans: ReadonlyMap<string, number>;
  /** As the tracker machines stand; one that is missing may neither borrow nor lend. */
  readonly trackerStates: ReadonlyMap<string, TrackerState>;
  readonly memory: ControlMemory;
}

export type ChangeKind = 'cut' | 'raise' | 'release';

/** One torrent's limit, from what to what, and why. */
export interface LimitChange {
  readonly key: TorrentKey;
  readonly trackerId: string;
  readonly fromBps: number;
  readonly toBps: number;
  /** What the torrent uses depends on its limit: what was measured under the one before says nothing of this one. */
  readonly binds: boolean;
  readonly kind: ChangeKind;
  readonly reason: string;
}

/** One call to qBittorrent: one limit for many torrents. */
export interface LimitCall {
  readonly kind: ChangeKind;
  readonly trackerId: string;
  /** As it goes to qBittorrent: 1024..2147483646; a release may write any value that was the user's, and 0. */
  readonly toWire: number;
  readonly reason: string;
  readonly changes: readonly LimitChange[];
}

/**
 * What keeps a cap from holding: torrents out of rollout, or that are beyond `maxManagedTorrents`, or
 * more torrents that want something than can have 1024 B/s each, the least limit that is ever written.
 */
export type CannotHold = 'rollout' | 'max-managed' | 'least-limit';

/** How a tracker stands in this cycle; what `/stats/trackers` and its machine get. */
export interface TrackerReport {
  readonly id: string;
  readonly capBps: number;
  /** The cap, lowered where qBittorrent's own limit leaves less, and what it borrowed, B/s. What it lent stays its own, to be had back at once. */
  readonly effectiveCapBps: number;
  readonly borrowedBps: number;
  readonly lentBps: number;
  /** What its torrents are thought to want together, B/s; UNLIMITED when nothing bounds the guess. */
  readonly wantBps: number;
  /** Upload of all its torrents, B/s. */
  readonly usageBps: number;
  /** Part of `usageBps` that is not Qguardarr's to limit, B/s. */
  readonly outsideBps: number;
  /** The water level: the most that any torrent may take; UNLIMITED while all demands fit. */
  readonly levelBps: number;
  readonly trim: number;
  readonly torrents: number;
  /** Those whose limit is planned by what they use. */
  readonly managed: number;
  /** Idle ones under a standby limit, or under one of their own that is lower. */
  readonly standby: number;
  /** What those limits add up to, B/s. */
  readonly standbyBps: number;
  /** Idle ones that are yet to get a standby limit. */
  readonly standbyWaiting: number;
  /** Those that upload beyond `maxManagedTorrents`, and are held at a standby limit. */
  readonly excess: number;
  readonly active: number;
  /** Part of `outsideBps` that rollout leaves out, B/s; the rest is beyond `maxManagedTorrents`. */
  readonly outsideRolloutBps: number;
  /** Why what can't be limited alone exceeds the cap; null when it doesn't. */
  readonly cannotHold: CannotHold | null;
}

export interface Plan {
  /** In the order in which they must be sent: cuts, then releases and raises. */
  readonly calls: readonly LimitCall[];
  /** Calls that wait for a later cycle because of `maxCallsPerCycle`. */
  readonly deferred: number;
  readonly considered: number;
  /** How many torrents' limits are planned by what they use. */
  readonly managed: number;
  /** How many idle torrents are under a standby limit. */
  readonly standby: number;
  readonly trackers: readonly TrackerReport[];
  readonly memory: ControlMemory;
}

export const EMPTY_MEMORY: ControlMemory = { trackers: new Map(), turn: 0 };
