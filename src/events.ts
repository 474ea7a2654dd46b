import type { CycleOrigin } from '../machines/service.types.ts';
import type { RolloutNote } from './control/rollout-note.ts';
import type { TorrentScope } from './control/torrent-scope.ts';
import type { LimitCall, TrackerReport } from './control/types.ts';
import type { RepeatReason } from './qbittorrent/transport.ts';
import type { Alarm } from './service/measures/alarm.ts';
import type { AdoptedAs } from './service/ownership/adopt-originals.ts';

/** Which part of a machine a change of state belongs to. */
export type MachineRegion = 'service' | 'link' | 'cycle' | `tracker:${string}`;

/** Every event on the bus: past-tense facts, named `subject:what-happened`. Times are Unix ms. */
export interface Events {
  /** qBittorrent (or a script) told of a torrent. */
  'webhook:received': {
    readonly event: 'add' | 'complete' | 'delete';
    readonly hash: string | null;
    readonly at: number;
  };
  /** The control interval has passed. */
  'timer:control': { readonly at: number };
  /** `update_interval` has passed: time for a full picture and house-keeping. */
  'timer:reconcile': { readonly at: number };

  /** A region of a machine went from one state to another. */
  'state:changed': {
    readonly machine: MachineRegion;
    readonly from: string | null;
    readonly to: string;
    readonly at: number;
  };
  /** A machine got an event that no state wanted. */
  'event:dropped': { readonly type: string; readonly at: number };

  'cycle:finished': CycleSummary;
  /** A cycle ended early and changed nothing. */
  'cycle:failed': { readonly problem: string; readonly at: number };

  /** qBittorrent accepted one call. */
  'limits:written': { readonly cycle: number; readonly call: LimitCall; readonly at: number };
  /** Dry run: this call would have been sent. */
  'limits:would-change': { readonly cycle: number; readonly call: LimitCall; readonly at: number };
  /** A call failed; its torrents keep the limit that they had. */
  'limits:failed': {
    readonly cycle: number;
    readonly call: LimitCall;
    readonly problem: string;
    readonly at: number;
  };
  /** Someone else changed the limit of a torrent under management: it is now the torrent's own. */
  'limit:changed-by-user': {
    readonly infoHash: string;
    readonly fromWire: number;
    readonly toWire: number;
    readonly at: number;
  };

  /** Someone else overwrote limits of managed torrents, with values that are no original limits. */
  'limits:overwritten': { readonly infoHashes: readonly string[]; readonly at: number };

  /** The user put this controller in charge of the client. */
  'ownership:taken': { readonly at: number };
  /** The user declared what the originals of torrents with unknown limits are. */
  'originals:adopted': { readonly as: AdoptedAs; readonly torrents: number; readonly at: number };

  /** A call to qBittorrent ended: how long it took from the request to the whole answer. */
  'call:finished': {
    readonly endpoint: string;
    readonly ok: boolean;
    readonly durationMs: number;
    readonly at: number;
  };
  /** A request goes out once more. */
  'call:repeated': { readonly reason: RepeatReason; readonly at: number };

  'rollback:started': {
    readonly by: string;
    readonly reason: string;
    /** Null: all torrents. */
    readonly scope: TorrentScope | null;
    readonly at: number;
  };
  'rollback:finished': RollbackSummary;
  /** It is not given up: it goes on by itself. */
  'rollback:interrupted': {
    readonly problem: string;
    readonly scope: TorrentScope | null;
    /** How many have had their own limits back so far. */
    readonly restored: number;
    /** Info-hashes of those that qBittorrent still shows with another limit; none when it didn't answer. */
    readonly unrestored: readonly string[];
    readonly at: number;
  };

  /** Another percentage, or a plan of steps that began, went on, was held or ended; a gate that shut or opened. */
  'rollout:changed': RolloutNote;
  /** The latest change of rollout could not be put on disk: a restart would forget it. */
  'rollout:not-remembered': { readonly problem: string; readonly at: number };

  /** Something measured has not been as it should be for a while: see `Measures`. */
  'alarm:raised': Alarm & { readonly at: number };
  /** It is again. */
  'alarm:cleared': Omit<Alarm, 'problem'> & { readonly message: string; readonly at: number };

  'config:reloaded': { readonly restartNeeded: readonly string[]; readonly at: number };
  'config:refused': { readonly issues: readonly string[]; readonly at: number };
  /** The journal can't be written: enforcement stops until it can. */
  'journal:failed': { readonly problem: string; readonly at: number };
  'journal:recovered': { readonly at: number };
  /** The journal was put on the disk itself. */
  'journal:synced': { readonly durationMs: number; readonly at: number };

  /** A target is named by its place in the config, never by its URL. */
  'notification:sent': { readonly target: string; readonly kind: string; readonly at: number };
  /** It was given up. */
  'notification:failed': {
    readonly target: string;
    readonly kind: string;
    readonly problem: string;
    readonly at: number;
  };

  /** cross-seed took in a completed torrent. */
  'cross-seed:forwarded': { readonly infoHash: string; readonly at: number };
  /** An attempt failed; another follows. `waiting` counts the torrents that are not forwarded yet, this one too. */
  'cross-seed:waiting': {
    readonly infoHash: string;
    readonly problem: string;
    readonly pauseMs: number;
    readonly waiting: number;
    readonly at: number;
  };
  /** Refused, or tried in vain for hours; or dropped untried, since too many waited. */
  'cross-seed:given-up': {
    readonly infoHash: string;
    readonly problem: string;
    readonly outcome: 'failed' | 'dropped';
    readonly at: number;
  };
}

export type EventName = keyof Events;

export interface CycleSummary {
  readonly cycle: number;
  readonly origins: readonly CycleOrigin[];
  /** When it began to observe. */
  readonly startedAt: number;
  readonly at: number;
  readonly durationMs: number;
  /** Of that, until the readings were there: the read, its turn in the queue, and taking it in. */
  readonly observingMs: number;
  readonly planningMs: number;
  /** The journal, and the calls with their turns in the queue. */
  readonly applyingMs: number;
  readonly considered: number;
  readonly managed: number;
  /** Torrents whose limit was changed. */
  readonly changed: number;
  /** Calls to qBittorrent, the read included. */
  readonly calls: number;
  readonly failedCalls: number;
  readonly deferred: number;
  readonly dryRun: boolean;
  readonly trackers: readonly TrackerReport[];
}

export interface RollbackSummary {
  readonly by: string;
  readonly reason: string;
  /** Null: all torrents. */
  readonly scope: TorrentScope | null;
  readonly restored: number;
  /** Under management, but not in qBittorrent now: restored should they come back. */
  readonly missing: number;
  /** Dry run: torrents that keep the limits set before it, since nothing is written. */
  readonly leftInForce: number;
  readonly durationMs: number;
  readonly at: number;
}
