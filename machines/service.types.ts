import type { Plan, PlanInput } from '../src/control/types.ts';

/** Why a cycle was asked for. Several requests merge into one cycle, which keeps the reasons of all. */
export type CycleOrigin = 'timer' | 'webhook' | 'force' | 'reconcile' | 'reload' | 'resume' | 'online';

export interface CycleRequest {
  readonly origins: readonly CycleOrigin[];
  /** Ask qBittorrent for the full picture instead of what changed. */
  readonly full: boolean;
}

export interface RollbackRequest {
  readonly by: string;
  readonly reason: string;
}

export interface RolloutStep {
  /** 0..100 */
  readonly percentage: number;
  readonly holdMs: number;
}

/** What must hold for a step to end well. */
export interface RolloutGates {
  /** 0..1, of the latest calls to qBittorrent. */
  readonly maxApiErrorRate: number;
  /** 1 or more: measured upload over effective cap, the worst tracker. */
  readonly maxCapOvershoot: number;
  readonly maxLatencyMs: number;
}

export interface RolloutPlan {
  readonly steps: readonly RolloutStep[];
  readonly gates: RolloutGates;
  readonly onGateFailure: 'hold' | 'rollback';
}

export interface RolloutProgress extends RolloutPlan {
  readonly index: number;
  /** Absolute, Unix ms: the step ends no sooner. */
  readonly endsAt: number;
  /** Restored by ABORT. */
  readonly percentageBefore: number;
  /** Why the last gate was shut, or null. */
  readonly gateProblem: string | null;
  /** By HOLD, until CONTINUE or ADVANCE. */
  readonly isHeld: boolean;
}

/** How a plan of steps ended. */
export type RolloutEnd = 'finished' | 'aborted' | 'percentage-set' | 'rolled-back';

/** Why nothing may be written to the client although it answers. */
export interface Contest {
  /**
   * - `controller`: another Qguardarr is in charge of the client
   * - `rewriter`: another program rewrites the limits that Qguardarr writes
   * - `unknown-limits`: torrents have limits that Qguardarr wrote, and the journal does not know their originals
   */
  readonly kind: 'controller' | 'rewriter' | 'unknown-limits';
  /** What was seen, in a sentence without a full stop. */
  readonly problem: string;
  /** What the user can do. */
  readonly advice: string;
}

/** Every event that the service machine takes. Imperatives; each is safe to send in every state. */
export type ServiceEvent =
  /** Run a cycle, or one more after the one under way. */
  | ({ readonly type: 'CYCLE' } & CycleRequest)
  /** Give every torrent its own limit back and enforce nothing until RESUME. */
  | ({ readonly type: 'ROLLBACK' } & RollbackRequest)
  /** Enforce again after a rollback. */
  | { readonly type: 'RESUME' }
  /** Enforce for this part of the torrents from the next cycle on; ends a running plan of steps. */
  | { readonly type: 'SET_PERCENTAGE'; readonly percentage: number }
  /** Run a plan of rollout steps from its first. */
  | { readonly type: 'START_ROLLOUT'; readonly plan: RolloutPlan; readonly at: number }
  /** Go to the next rollout step now. */
  | { readonly type: 'ADVANCE'; readonly at: number }
  /** Stay at this rollout step until CONTINUE or ADVANCE. */
  | { readonly type: 'HOLD' }
  | { readonly type: 'CONTINUE' }
  /** End the plan of steps and go back to the percentage before it. */
  | { readonly type: 'ABORT' }
  /** New address or credentials may have come: try them at once. */
  | { readonly type: 'RECONNECT' }
  /** The user decides that this controller is in charge of the client. */
  | { readonly type: 'TAKE_OWNERSHIP' }
  /** Raised inside: the client answers, but nothing may be written to it. */
  | { readonly type: 'CONTESTED'; readonly contest: Contest }
  /** Raised inside: what contested the client is over. */
  | { readonly type: 'UNCONTESTED' }
  /** Raised inside: qBittorrent doesn't answer. */
  | { readonly type: 'LINK_LOST'; readonly problem: string }
  /** Raised inside: qBittorrent answers. */
  | { readonly type: 'LINK_UP' }
  /** Raised inside: the first picture since the start is complete. */
  | { readonly type: 'PICTURE_COMPLETE' }
  /** Raised inside: a step of the cycle failed; it changed nothing, and the next cycle tries again. */
  | { readonly type: 'CYCLE_FAILED'; readonly problem: string }
  /** Raised inside: a cycle has ended well. */
  | { readonly type: 'CYCLE_FINISHED'; readonly at: number; readonly gateProblem: string | null };

export type ServiceCommand = Exclude<
  ServiceEvent,
  {
    readonly type:
      | 'LINK_LOST'
      | 'LINK_UP'
      | 'PICTURE_COMPLETE'
      | 'CYCLE_FAILED'
      | 'CYCLE_FINISHED'
      | 'CONTESTED'
      | 'UNCONTESTED';
  }
>;

export interface ServiceInput {
  readonly percentage: number;
  /** A rollback that a former run left: to be finished, or done and not resumed. */
  readonly openRollback: 'unfinished' | 'finished' | null;
  /** A plan of steps that a former run left under way: it goes on where it was. */
  readonly rollout: RolloutProgress | null;
}

export interface ServiceContext {
  readonly percentage: number;
  readonly rollout: RolloutProgress | null;
  /** Of the latest plan since the start; null before its end. */
  readonly rolloutEnd: RolloutEnd | null;
  readonly openRollback: 'unfinished' | 'finished' | null;
  readonly rollback: RollbackRequest | null;
  readonly pending: CycleRequest | null;
  readonly running: CycleRequest | null;
  readonly planInput: PlanInput | null;
  readonly plan: Plan | null;
  readonly cycles: number;
  /** Why nothing may be written to the client; null while it may. */
  readonly contest: Contest | null;
  /** The next connection takes the client over, whoever is in charge of it. */
  readonly takesOwnership: boolean;
  readonly linkAttempts: number;
  readonly linkProblem: string | null;
  /** How long to wait before the next attempt, ms. */
  readonly retryInMs: number;
  readonly cycleProblem: string | null;
  /** Events that no state wanted. */
  readonly dropped: number;
  readonly lastDropped: string | null;
}

/** The shell's answers. They never reject: a failure is a value that the machine can decide on. */
export interface ConnectInput {
  /** Whoever is in charge of the client. */
  readonly takesOwnership: boolean;
}
/** Of the effect that renews our marker in the client, or watches another's, until `isContested` is no longer so. */
export interface KeepMarkerInput {
  readonly isContested: boolean;
}
export type ConnectOutcome =
  | { readonly ok: true; readonly contest: Contest | null }
  | {
      readonly ok: false;
      readonly problem: string;
      /** The credentials are refused: trying them again would get the address banned. */
      readonly refused: boolean;
      /** Wait at least this long, ms; null: the usual back-off. */
      readonly retryAfterMs: number | null;
    };
export type ObserveOutcome =
  | { readonly ok: true; readonly planInput: PlanInput; readonly contest: Contest | null }
  | { readonly ok: false; readonly problem: string; readonly linkLost: boolean };
export type PlanOutcome =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly problem: string };
export interface ApplyInput {
  readonly plan: Plan | null;
  readonly cycle: number;
  /** Of the plan of steps under way; null without one. */
  readonly gates: RolloutGates | null;
}
export type ApplyOutcome =
  | { readonly ok: true; readonly at: number; readonly gateProblem: string | null }
  | { readonly ok: false; readonly problem: string; readonly linkLost: boolean };
export type RestoreOutcome =
  | { readonly complete: true }
  | { readonly complete: false; readonly problem: string; readonly linkLost: boolean };
