import type { Bus } from '../bus.ts';
import { Counter } from './counter.ts';
import type { Family } from './family.ts';
import { Histogram } from './histogram.ts';

const KINDS = [{ kind: 'cut' }, { kind: 'raise' }, { kind: 'release' }];
const OUTCOMES = [{ outcome: 'finished' }, { outcome: 'failed' }];

/** What the events add up to since the start: a few numbers, kept whether anyone asks or not. */
export class Counted {
  readonly #cycles = new Counter('qguardarr_cycles_total', 'Cycles that ended, well or early.', OUTCOMES);
  readonly #cycleSeconds = new Histogram(
    'qguardarr_cycle_duration_seconds',
    'Time from the first look at qBittorrent to the last write of a cycle, waiting for calls included.',
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    [{}],
  );
  readonly #calls = new Counter('qguardarr_api_calls_total', "Calls to qBittorrent's WebUI API.");
  readonly #callErrors = new Counter(
    'qguardarr_api_errors_total',
    'Calls to qBittorrent that got no answer, or not the one expected.',
  );
  readonly #callSeconds = new Histogram(
    'qguardarr_api_call_duration_seconds',
    'Time from a request to qBittorrent to its whole answer, without waiting for its turn.',
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  );
  readonly #retries = new Counter(
    'qguardarr_api_retries_total',
    'Requests sent once more, and attempts to connect again.',
    [{ reason: 'connection-lost' }, { reason: 'session-expired' }, { reason: 'offline' }],
  );
  readonly #writes = new Counter('qguardarr_writes_total', 'Calls that set limits and were accepted.', KINDS);
  readonly #writeErrors = new Counter(
    'qguardarr_write_errors_total',
    'Calls that set limits and failed.',
    KINDS,
  );
  readonly #limits = new Counter(
    'qguardarr_limits_set_total',
    'Torrents whose limit was set, once for each time.',
    KINDS,
  );
  readonly #byHand = new Counter(
    'qguardarr_user_limit_changes_total',
    'Limits of torrents under management that someone else changed.',
    [{}],
  );
  readonly #restored = new Counter(
    'qguardarr_rollback_restored_total',
    'Torrents that rollbacks gave their own limit back.',
    [{}],
  );
  readonly #dropped = new Counter(
    'qguardarr_dropped_events_total',
    'Events that no state of the service wanted.',
    [{}],
  );
  readonly #overwritten = new Counter(
    'qguardarr_limits_overwritten_total',
    'Limits of Qguardarr that someone else overwrote with a value that is no original limit.',
  );
  readonly #webhooks = new Counter(
    'qguardarr_webhooks_total',
    'Webhooks taken in.',
    ['add', 'complete', 'delete'].map((event) => ({ event })),
  );
  readonly #reloads = new Counter(
    'qguardarr_config_reloads_total',
    'Attempts to put another config in force.',
    [{ outcome: 'reloaded' }, { outcome: 'refused' }],
  );
  readonly #syncSeconds = new Histogram(
    'qguardarr_journal_fsync_duration_seconds',
    'Time to put the journal on the disk itself.',
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    [{}],
  );
  readonly #notifications = new Counter(
    'qguardarr_notifications_total',
    'Notifications delivered, or given up.',
    [{ outcome: 'sent' }, { outcome: 'failed' }],
  );
  readonly #crossSeed = new Counter(
    'qguardarr_cross_seed_forwards_total',
    'Completed torrents that cross-seed took in, or that were given up: failed when tried, or dropped untried.',
    [{ outcome: 'sent' }, { outcome: 'failed' }, { outcome: 'dropped' }],
  );
  readonly #unsubscribe: (() => void)[] = [];

  /** In the order in which they are shown. */
  get families(): readonly Family[] {
    return [
      this.#cycles,
      this.#cycleSeconds,
      this.#calls,
      this.#callErrors,
      this.#callSeconds,
      this.#retries,
      this.#writes,
      this.#writeErrors,
      this.#limits,
      this.#byHand,
      this.#overwritten,
      this.#restored,
      this.#dropped,
      this.#webhooks,
      this.#reloads,
      this.#syncSeconds,
      this.#notifications,
      this.#crossSeed,
    ];
  }

  start(bus: Bus): void {
    this.#unsubscribe.push(
      ...this.#countCalls(bus),
      ...this.#countCycles(bus),
      bus.on('limit:changed-by-user', () => this.#byHand.add(1)),
      bus.on('limits:overwritten', ({ infoHashes }) => this.#overwritten.add(infoHashes.length)),
      bus.on('rollback:finished', ({ restored }) => this.#restored.add(restored)),
      bus.on('event:dropped', () => this.#dropped.add(1)),
      bus.on('webhook:received', ({ event }) => this.#webhooks.add(1, { event })),
      bus.on('config:reloaded', () => this.#reloads.add(1, { outcome: 'reloaded' })),
      bus.on('config:refused', () => this.#reloads.add(1, { outcome: 'refused' })),
      bus.on('journal:synced', ({ durationMs }) => this.#syncSeconds.observe(durationMs / 1000)),
      bus.on('notification:sent', () => this.#notifications.add(1, { outcome: 'sent' })),
      bus.on('notification:failed', () => this.#notifications.add(1, { outcome: 'failed' })),
      bus.on('cross-seed:forwarded', () => this.#crossSeed.add(1, { outcome: 'sent' })),
      bus.on('cross-seed:given-up', ({ outcome }) => this.#crossSeed.add(1, { outcome })),
    );
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
  }

  #countCalls(bus: Bus): (() => void)[] {
    return [
      bus.on('call:finished', ({ endpoint, ok, durationMs }) => {
        this.#calls.add(1, { endpoint });
        this.#callErrors.add(ok ? 0 : 1, { endpoint });
        this.#callSeconds.observe(durationMs / 1000, { endpoint });
      }),
      bus.on('call:repeated', ({ reason }) => this.#retries.add(1, { reason })),
      bus.on('state:changed', ({ machine, from, to }) => {
        if (machine === 'link' && to === 'connecting' && from?.startsWith('offline') === true) {
          this.#retries.add(1, { reason: 'offline' });
        }
      }),
    ];
  }

  #countCycles(bus: Bus): (() => void)[] {
    return [
      bus.on('cycle:finished', ({ durationMs }) => {
        this.#cycles.add(1, { outcome: 'finished' });
        this.#cycleSeconds.observe(durationMs / 1000);
      }),
      bus.on('cycle:failed', () => this.#cycles.add(1, { outcome: 'failed' })),
      bus.on('limits:written', ({ call: { kind, changes } }) => {
        this.#writes.add(1, { kind });
        this.#limits.add(changes.length, { kind });
      }),
      bus.on('limits:failed', ({ call: { kind } }) => this.#writeErrors.add(1, { kind })),
    ];
  }
}
