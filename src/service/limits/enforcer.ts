import type { Bus } from '../../bus.ts';
import { eachInSteps } from '../../control/steps.ts';
import { sum } from '../../control/sum.ts';
import { infoHashOf } from '../../control/torrent.ts';
import type { LimitCall, LimitChange, Plan } from '../../control/types.ts';
import { exactToWire } from '../../control/units.ts';
import type { Journal } from '../../journal/records.ts';
import type { QbittorrentClient } from '../../qbittorrent/client.ts';
import type { CallQueue } from '../../queue/call-queue.ts';
import { breathe, inBreaths } from '../breathe.ts';
import type { Clock } from '../clock.ts';
import { type Batch, batchesOf, changesIn } from './batches.ts';
import type { DryRunLimits } from './dry-run.ts';
import { Grace } from './grace.ts';
import type { HeldLimits } from './held-limits.ts';

export interface EnforcerParts {
  readonly client: () => QbittorrentClient;
  readonly queue: CallQueue;
  readonly journal: Journal;
  readonly held: HeldLimits;
  readonly dryRun: () => DryRunLimits | null;
  readonly bus: Bus;
  readonly clock: Clock;
}

export interface ApplyResult {
  readonly changed: number;
  readonly calls: number;
  readonly failedCalls: number;
  /** The first failure, to decide by whether qBittorrent is gone. */
  readonly failure: unknown;
}

/**
 * Of a call on its way, once its cycle is broken off: broken off too, it could still arrive, after a rollback has given
 * the limits back.
 */
const TIME_TO_END_MS = 2_000;

/**
 * Apply: every change of a plan is on disk before the first call goes out; then the calls, cuts first.
 * Aborted, it sends nothing more; what was sent stays journaled and held.
 */
export class Enforcer {
  readonly #parts: EnforcerParts;

  constructor(parts: EnforcerParts) {
    this.#parts = parts;
  }

  async apply(plan: Plan, cycle: number, signal: AbortSignal): Promise<ApplyResult> {
    const dryRun = this.#parts.dryRun();
    if (dryRun !== null) return this.#pretend(plan, cycle, dryRun);
    const { failure } = this.#parts.journal;
    // Whoever mends it opens it anew first: it may hold what is not known here.
    if (failure !== null && plan.calls.length > 0) throw failure;
    const calls = await this.#endReleased(plan.calls);
    if (calls.length === 0) return { changed: 0, calls: 0, failedCalls: 0, failure: null };

    signal.throwIfAborted();
    await breathe(signal);
    const ids = await this.#intend(calls, cycle);
    const batches = batchesOf(calls.map((call, index) => ({ call, id: ids[index] ?? '' })));
    const grace = new Grace(signal, TIME_TO_END_MS, this.#parts.clock);
    const sent = batches.map((batch) => this.#send(batch, cycle, signal, grace.signal));
    const outcomes = await Promise.all(sent).finally(() => grace.end());
    const failures = outcomes.filter((outcome) => outcome !== null);
    const changes = batches.filter((_, index) => outcomes[index] === null).map(changesIn);
    return {
      changed: sum(changes, ({ length }) => length),
      calls: batches.length,
      failedCalls: failures.length,
      failure: failures[0]?.error ?? null,
    };
  }

  async #intend(calls: readonly LimitCall[], cycle: number): Promise<string[]> {
    const { journal, held, clock } = this.#parts;
    const now = clock.now();
    const ids = await journal.recordIntent(
      calls.map((call) => ({
        cycle,
        trackerId: call.trackerId,
        reason: call.reason,
        toWire: call.toWire,
        torrents: call.changes.map((change) => ({ key: change.key, fromWire: exactToWire(change.fromBps) })),
      })),
      now,
    );
    for (const { changes, toWire } of calls) {
      await this.#each(changes, ({ key, trackerId, fromBps }) =>
        held.intend(key, trackerId, exactToWire(fromBps), toWire, now),
      );
    }
    return ids;
  }

  /** @param late aborts once a call that was on its way when `signal` aborted has had its time to end */
  async #send(
    batch: Batch,
    cycle: number,
    signal: AbortSignal,
    late: AbortSignal,
  ): Promise<{ readonly error: unknown } | null> {
    const { client, queue, journal, held, bus, clock } = this.#parts;
    const { kind, toWire } = batch;
    const changes = changesIn(batch);
    const hashes = changes.map((change) => infoHashOf(change.key));
    const ids = batch.parts.map(({ id }) => id);
    try {
      await queue.run(
        kind === 'raise' ? 'raise' : 'cut',
        () =>
          kind === 'release'
            ? client().restoreUploadLimit(hashes, toWire, late)
            : client().setUploadLimit(hashes, toWire, late),
        signal,
      );
    } catch (error) {
      const at = clock.monotonic();
      await this.#each(changes, ({ key }) => held.failed(key, at));
      if (signal.aborted) return { error };
      await journal.recordOutcome(ids, 'failed');
      const problem = error instanceof Error ? error.message : String(error);
      for (const { call } of batch.parts)
        bus.emit('limits:failed', { cycle, call, problem, at: clock.now() });
      return { error };
    }
    const at = clock.monotonic();
    await this.#each(changes, ({ key, binds }) => held.written(key, toWire, at, binds));
    await journal.recordOutcome(ids, 'done');
    for (const { call } of batch.parts) bus.emit('limits:written', { cycle, call, at: clock.now() });
    return null;
  }

  /** Of all of them, however many, and even if the cycle is broken off: whoever comes next waits for that. */
  #each(changes: readonly LimitChange[], note: (change: LimitChange) => void): Promise<void> {
    return inBreaths(eachInSteps(changes, note));
  }

  /**
   * Ends the management of those to be released that show their own limit. Not before: the sync data may still
   * show Qguardarr's, which would be taken for the torrent's own if it came under management again.
   * Returns what is left to send: not what shows already, nor what was sent and doesn't show yet.
   */
  async #endReleased(calls: readonly LimitCall[]): Promise<LimitCall[]> {
    const { journal, held, clock } = this.#parts;
    const at = clock.monotonic();
    const releases = calls.filter((call) => call.kind === 'release').flatMap((call) => call.changes);
    const ended = releases.map(({ key }) => key).filter((key) => held.ownLimit(key, at) === 'shown');
    const left = calls.map((call) =>
      call.kind === 'release'
        ? { ...call, changes: call.changes.filter(({ key }) => held.ownLimit(key, at) === 'replaced') }
        : call,
    );
    if (ended.length > 0) await journal.recordRestored(ended, clock.now());
    for (const key of ended) held.release(key);
    return left.filter((call) => call.changes.length > 0);
  }

  async #pretend(plan: Plan, cycle: number, limits: DryRunLimits): Promise<ApplyResult> {
    const { bus, clock } = this.#parts;
    for (const call of plan.calls) {
      for (const change of call.changes) {
        if (call.kind === 'release') limits.release(change.key);
        else limits.set(change.key, call.toWire);
      }
      bus.emit('limits:would-change', { cycle, call, at: clock.now() });
    }
    await limits.save();
    const changed = plan.calls.reduce((sum, call) => sum + call.changes.length, 0);
    return { changed, calls: 0, failedCalls: 0, failure: null };
  }
}
