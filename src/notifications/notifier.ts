import type { Bus } from '../bus.ts';
import type { Config } from '../config/schema.ts';
import { Outbox } from '../delivery/outbox.ts';
import type { Clock } from '../service/clock.ts';
import { deliver } from './delivery.ts';
import { Limiter } from './limiter.ts';
import type { Notice } from './notice.ts';
import { watchForNotices } from './notices.ts';
import type { Target } from './payload.ts';

type Settings = Config['notifications'];

const RETRY_AFTER_MS = [2_000, 10_000, 60_000, 300_000] as const;
const MOST_WAITING = 20;

export interface NotifierParts {
  readonly bus: Bus;
  readonly clock: Clock;
  /** In force now. */
  readonly settings: () => Settings;
  /** Why qBittorrent can't be reached at present, or null. */
  readonly linkProblem: () => string | null;
}

export interface NotificationTest {
  /** Its place in the config. */
  readonly target: string;
  readonly type: Target['type'];
  /** Why it was not delivered; null when it was. */
  readonly problem: string | null;
}

interface Recipient {
  readonly target: Target;
  readonly outbox: Outbox<Notice>;
}

/** Tells people what the events amount to. Beside everything: whatever becomes of a message, nothing waits for it. */
export class Notifier {
  readonly #parts: NotifierParts;
  readonly #limiter = new Limiter();
  readonly #unsubscribe: (() => void)[] = [];
  /** Ends tests under way. */
  #stopping = new AbortController();
  #recipients: readonly Recipient[] = [];
  #made: Settings['targets'] = [];

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  start(): void {
    const { bus, clock, linkProblem } = this.#parts;
    const intervalMs = () => this.#parts.settings().min_interval * 1000;
    this.#stopping = new AbortController();
    this.#unsubscribe.push(
      watchForNotices({
        bus,
        now: () => clock.monotonic(),
        linkProblem,
        tell: (notice) => this.#tell(this.#limiter.offer(notice, clock.monotonic(), intervalMs())),
      }),
      bus.on('timer:control', () => {
        for (const notice of this.#limiter.due(clock.monotonic(), intervalMs())) this.#tell(notice);
      }),
      bus.on('config:reloaded', () => void this.#current()),
    );
  }

  /** What is not delivered yet is given up: nothing waits for it. */
  stop(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    this.#stopping.abort();
    for (const { outbox } of this.#recipients) outbox.stop();
    this.#recipients = [];
    this.#made = [];
  }

  /** A message to every target, once and past the limits. Rejects only when stopped. */
  test(): Promise<NotificationTest[]> {
    const { settings, clock } = this.#parts;
    const { targets, timeout } = settings();
    const notice: Notice = {
      kind: 'test',
      severity: 'info',
      title: 'Test',
      message: 'Notifications of Qguardarr arrive here.',
      at: clock.now(),
    };
    return Promise.all(
      targets.map(async (target, index) => {
        const delivery = await deliver(target, notice, timeout * 1000, this.#stopping.signal);
        return { target: placeOf(index), type: target.type, problem: delivery.ok ? null : delivery.problem };
      }),
    );
  }

  #tell(notice: Notice | null): void {
    if (notice === null) return;
    for (const { target, outbox } of this.#current()) {
      if (target.events.some((kind) => kind === notice.kind)) outbox.push(notice);
    }
  }

  /** Those of the config in force; another list makes them anew, and what waits for the former is given up. */
  #current(): readonly Recipient[] {
    const { targets } = this.#parts.settings();
    if (JSON.stringify(targets) === JSON.stringify(this.#made)) return this.#recipients;
    for (const { outbox } of this.#recipients) outbox.stop();
    this.#made = targets;
    this.#recipients = targets.map((target, index) => ({
      target,
      outbox: this.#outboxOf(target, placeOf(index)),
    }));
    return this.#recipients;
  }

  #outboxOf(target: Target, place: string): Outbox<Notice> {
    const { bus, clock, settings } = this.#parts;
    const giveUp = ({ kind }: Notice, problem: string) =>
      bus.emit('notification:failed', { target: place, kind, problem, at: clock.now() });
    return new Outbox({
      deliver: (notice, signal) => deliver(target, notice, settings().timeout * 1000, signal),
      onSent: ({ kind }) => bus.emit('notification:sent', { target: place, kind, at: clock.now() }),
      onFailed: giveUp,
      onDropped: giveUp,
      retryAfterMs: RETRY_AFTER_MS,
      mostWaiting: MOST_WAITING,
      sleep: (ms, signal) => clock.sleep(ms, signal),
    });
  }
}

/** How a target is named: never by its URL. */
function placeOf(index: number): string {
  return `notifications.targets[${index}]`;
}
