import type { Bus } from '../../bus.ts';
import type { CycleSummary, Events, RollbackSummary } from '../../events.ts';
import type { Clock } from '../clock.ts';

const EVENTS_REMEMBERED = 50;

/** One thing that happened, as `/state` shows it. */
export interface RememberedEvent {
  readonly at: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

/** Calls that set limits, and fail. */
export interface FailingWrites {
  /** Since when none went through, monotonic ms. */
  readonly since: number;
  readonly failed: number;
  readonly calls: number;
  readonly problem: string;
}

/** What has happened since the start, gathered from the bus; the reports read it. */
export class Status {
  lastCycle: CycleSummary | null = null;
  lastRollback: RollbackSummary | null = null;
  /** When a cycle last ended, or the service or the link last changed its state, monotonic ms; null before. */
  progressAt: number | null = null;
  /** Of the last cycle that wrote; null when all its calls went through. */
  failingWrites: FailingWrites | null = null;
  cycles = 0;
  limitsApplied = 0;
  errors = 0;
  qbittorrentVersion: string | null = null;
  /** qBittorrent's own settings that keep caps from holding, with what to do. */
  qbittorrentFindings: readonly string[] = [];
  /** Warnings about the config in force. */
  warnings: readonly string[] = [];
  /** What the rollback under way waits for. */
  rollbackProblem: string | null = null;
  journalProblem: string | null = null;
  configProblems: readonly string[] = [];
  readonly lastEvents: RememberedEvent[] = [];
  readonly #since = new Map<string, number>();
  readonly #unsubscribe: (() => void)[] = [];

  start(bus: Bus, clock: Pick<Clock, 'monotonic'>): void {
    let lastFailure = '';
    this.#unsubscribe.push(
      bus.on('state:changed', ({ machine, at }) => {
        this.#since.set(machine, at);
        if (machine === 'service' || machine === 'link') this.progressAt = clock.monotonic();
      }),
      bus.on('cycle:finished', (summary) => {
        this.lastCycle = summary;
        this.progressAt = clock.monotonic();
        this.failingWrites = failingWrites(this.failingWrites, summary, lastFailure, clock.monotonic());
        this.cycles += 1;
        this.limitsApplied += summary.dryRun ? 0 : summary.changed;
      }),
      bus.on('cycle:failed', () => this.#countError()),
      bus.on('limits:failed', ({ problem }) => {
        lastFailure = problem;
        this.#countError();
      }),
      bus.on('rollback:started', () => {
        this.failingWrites = null;
        this.rollbackProblem = null;
      }),
      bus.on('rollback:finished', (summary) => {
        this.lastRollback = summary;
        if (summary.scope === null) this.rollbackProblem = null;
      }),
      bus.on('rollback:interrupted', ({ problem, scope }) => {
        if (scope === null) this.rollbackProblem = problem;
      }),
      bus.on('journal:failed', ({ problem }) => {
        this.journalProblem = problem;
      }),
      bus.on('journal:recovered', () => {
        this.journalProblem = null;
      }),
      bus.on('config:refused', ({ issues }) => {
        this.configProblems = issues;
      }),
      bus.on('config:reloaded', () => {
        this.configProblems = [];
      }),
      bus.onAny((name, event) => this.#remember(name, event)),
    );
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
  }

  /** When a machine entered its present state, Unix ms; null before its first. */
  since(machine: string): number | null {
    return this.#since.get(machine) ?? null;
  }

  #countError(): void {
    this.errors += 1;
  }

  #remember(name: keyof Events, event: Events[keyof Events]): void {
    const told = describeEvent(name, event);
    if (told === null) return;
    this.lastEvents.unshift({ at: new Date(event.at).toISOString(), event: name, ...told });
    this.lastEvents.length = Math.min(this.lastEvents.length, EVENTS_REMEMBERED);
  }
}

function failingWrites(
  before: FailingWrites | null,
  { failedCalls, calls }: CycleSummary,
  problem: string,
  at: number,
): FailingWrites | null {
  if (failedCalls === 0) return null;
  // One of the calls was the read.
  const writes = calls - 1;
  const since = failedCalls < writes ? at : (before?.since ?? at);
  return { since, failed: failedCalls, calls: writes, problem };
}

const ROUTINE = /^(timer:|call:|journal:synced$|notification:sent$)/;

/** What of an event is worth showing; null for those that would only push the others out. */
function describeEvent(name: keyof Events, event: Events[keyof Events]): Record<string, unknown> | null {
  if (ROUTINE.test(name)) return null;
  if (name === 'state:changed' && 'machine' in event && event.machine === 'cycle') return null;
  if (name === 'cycle:finished') {
    const summary = event as CycleSummary;
    if (summary.changed === 0) return null;
    return { cycle: summary.cycle, changed: summary.changed, calls: summary.calls };
  }
  if (name === 'limits:written' || name === 'limits:would-change' || name === 'limits:failed') {
    const { call, cycle } = event as Events['limits:written'];
    const problem = 'problem' in event ? { problem: event.problem } : {};
    return {
      cycle,
      tracker: call.trackerId,
      limit: call.toWire,
      torrents: call.changes.length,
      reason: call.reason,
      ...problem,
    };
  }
  if (name === 'limits:overwritten') {
    return { torrents: (event as Events['limits:overwritten']).infoHashes.length };
  }
  if (name === 'webhook:received') {
    const { event: told, hash } = event as Events['webhook:received'];
    return { told, hash };
  }
  const { at: _, ...rest } = event;
  return rest;
}
