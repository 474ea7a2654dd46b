import type { Config } from '../config/schema.ts';
import type { TorrentScope } from '../control/torrent-scope.ts';
import type { HistoryReport, LiveUpdate, TorrentPage, TorrentQuery } from './live-types.ts';
import type { AdoptedAs } from './ownership/adopt-originals.ts';

/**
 * What the service can be asked and told, by whoever drives it (HTTP, command line).
 * The answers carry the field names that scripts rely on (snake_case), so that a driver only passes them on.
 */
export interface Operations {
  readonly version: string;
  health(): HealthReport;
  state(): StateReport;
  stats(): Record<string, unknown>;
  trackerStats(): Record<string, Record<string, unknown>>;
  managed(): Record<string, unknown>;
  preview(): Record<string, unknown>;
  /** The config as loaded, secrets starred. */
  config(): Record<string, unknown>;
  matchTest(url: string, detailed: boolean): Record<string, unknown>;
  journalPage(query: JournalQuery): Promise<Record<string, unknown>>;
  /** Every torrent of qBittorrent, filtered, in order, one page of it. */
  torrents(query: TorrentQuery): TorrentPage;
  /** Usage and effective cap of each tracker over the last minutes. */
  history(): HistoryReport;
  /** What a dashboard shows, as of now. */
  live(): readonly LiveUpdate[];
  /** Tells of each part of it that changes. Returns the function that ends it. */
  watch(watcher: (update: LiveUpdate) => void): () => void;

  /** Takes the notice in and returns at once; the cycle it asks for comes after. Returns the events waiting. */
  webhook(notice: WebhookNotice): { readonly queueSize: number };
  /** Runs a cycle as soon as none is under way. Rejects with OperationRefused when none can run now. */
  forceCycle(): Promise<Record<string, unknown>>;
  /** Starts or remembers a rollback; resolves when it is done, or with status 'pending' while offline. */
  rollback(request: {
    readonly reason: string;
    readonly by: string;
    /** All torrents by default. */
    readonly scope?: TorrentScope;
    /** `first`: the limits seen before Qguardarr's first write, whatever the user set later. Default `current`. */
    readonly originals?: 'current' | 'first';
  }): Promise<Record<string, unknown>>;
  /** Enforces again after a rollback: of all torrents, and of parts. */
  resume(): Promise<Record<string, unknown>>;
  rollout(request: RolloutRequest): Promise<Record<string, unknown>>;
  resetLimits(request: {
    readonly scope: 'unrestored' | 'all';
    readonly markRestored: boolean;
  }): Promise<Record<string, unknown>>;
  /** Takes the client over from another controller, or goes on beside another program that set limits. */
  takeOwnership(): Promise<Record<string, unknown>>;
  /** Declares what the originals of torrents with unknown limits are. */
  adoptOriginals(as: AdoptedAs): Promise<Record<string, unknown>>;
  /** Every original limit that the journal knows. */
  originals(): Record<string, unknown>;
  resetSmoothing(trackerId: string | null): Record<string, unknown>;
  reloadConfig(): Promise<Record<string, unknown>>;
}

export interface JournalQuery {
  readonly kind: 'original' | 'change' | 'rollback' | 'rollout';
  readonly offset: number;
  readonly limit: number;
  /** Null for all; rollbacks and changes of rollout have none. */
  readonly tracker: string | null;
  /** In a reason, an info-hash, a torrent's name, whoever asked for a rollback, or what happened to a rollout; '' for all. */
  readonly search: string;
}

export interface WebhookNotice {
  readonly event: 'add' | 'complete' | 'delete';
  readonly hash: string | null;
  readonly name: string | null;
  readonly tracker: string | null;
}

export type RolloutRequest =
  | { readonly percentage: number }
  /** Without a plan: that of the config. */
  | { readonly action: 'start'; readonly plan?: Config['rollout'] }
  | { readonly action: 'advance' | 'hold' | 'continue' | 'abort' };

export interface HealthReport {
  /** 'degraded': at work, with something to say, as while rolled back. 'starting' and 'unhealthy' answer 503. */
  readonly status: 'healthy' | 'degraded' | 'starting' | 'unhealthy';
  /** One line for each thing wrong, in the user's words; empty when healthy. */
  readonly problems: readonly string[];
  /** What is worth knowing and no fault, as what a dry run lets happen. */
  readonly notes: readonly string[];
  readonly [field: string]: unknown;
}

export interface StateReport {
  readonly service: unknown;
  readonly link: unknown;
  readonly cycle: unknown;
  readonly trackers: Readonly<Record<string, unknown>>;
  readonly last_events: readonly unknown[];
  readonly [field: string]: unknown;
}

/** The service can't do that now. `code` is stable for scripts, `message` says why and what to do. */
export class OperationRefused extends Error {
  override readonly name = 'OperationRefused';
  readonly status: 400 | 404 | 409 | 422 | 503;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    status: 400 | 404 | 409 | 422 | 503,
    code: string,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}
