import type { Bus } from '../../bus.ts';
import type { LimitedTorrent } from '../../control/cap-cause.ts';
import { CapWatch } from '../../control/cap-watch.ts';
import { PaceWatch } from '../../control/pace-watch.ts';
import type { CycleSummary } from '../../events.ts';
import type { Clock } from '../clock.ts';
import type { Effects } from '../effects.ts';
import type { Observer } from '../limits/observer.ts';
import type { Picture } from '../limits/picture.ts';
import type { LiveConfig } from '../live-config.ts';
import { diagnoseLeftOutUrls } from '../reports/announce-findings.ts';
import { findingText } from '../reports/diagnosis.ts';
import { isCycling } from '../reports/health.ts';
import type { Status } from '../reports/status.ts';
import { type Alarm, endOf } from './alarm.ts';
import { capAlarm, capExceededCause } from './cap-alarm.ts';
import { CycleCalls } from './cycle-calls.ts';
import { fullReadsFinding } from './full-reads-finding.ts';
import { paceAlarm } from './pace-alarm.ts';

/** All readings are looked at to find a cause. */
const CAUSE_LASTS_MS = 30_000;
const MINUTE_MS = 60_000;

/** What of the service is measured. */
export interface MeasuredService {
  readonly observer: Observer;
  readonly picture: Picture;
  readonly live: LiveConfig;
  readonly status: Status;
  readonly effects: Effects;
  readonly percentage: number;
}

/**
 * What was measured against what was configured: upload and caps, the pace of the loop, the size of reads. Health,
 * statistics, metrics, log and notifications all go by it. Nothing is judged while no cycles run or qBittorrent is away.
 */
export class Measures {
  readonly caps = new CapWatch();
  readonly pace = new PaceWatch();
  readonly #service: MeasuredService;
  readonly #calls = new CycleCalls();
  /** By tracker id, of caps that are exceeded. */
  readonly #causes = new Map<string, { readonly at: number; readonly text: string }>();
  /** When someone else changed limits, monotonic ms. */
  #changesFromOutside: number[] = [];
  #raised: ReadonlyMap<string, Alarm> = new Map();
  #isDryRun = false;

  constructor(service: MeasuredService) {
    this.#service = service;
  }

  /** Returns what ends it. */
  start(bus: Bus, clock: Clock): () => void {
    const subscriptions = [
      bus.on('call:finished', (call) => this.#calls.note(call)),
      bus.on('limit:changed-by-user', () => this.#noteChange(clock)),
      bus.on('limits:overwritten', ({ infoHashes }) => {
        for (const _ of infoHashes) this.#noteChange(clock);
      }),
      bus.on('cycle:finished', (summary) => {
        this.#look(summary, clock);
        this.#tell(bus, clock.now());
      }),
      bus.on('cycle:failed', () => this.#notePace(null, clock)),
      bus.on('state:changed', ({ machine, to }) => {
        if (machine === 'link' ? to !== 'online' : machine === 'service' && !isCycling({ lifecycle: to })) {
          this.#reset();
        }
      }),
    ];
    return () => {
      for (const unsubscribe of subscriptions) unsubscribe();
    };
  }

  /** What is not as it should be, with the figures of now. */
  alarms(): readonly Alarm[] {
    const { picture, live } = this.#service;
    const { fullReads } = picture;
    const pace = paceAlarm(this.pace.figures, live.config.global);
    const alarms = this.caps.exceeded().flatMap((id) => this.capAlarm(id) ?? []);
    if (pace !== null) alarms.push(pace);
    if (fullReads.isLasting) {
      const problem = findingText(fullReadsFinding(fullReads));
      alarms.push({ kind: 'full_reads', trackerId: null, problem, isFault: true });
    }
    const leftOut = diagnoseLeftOutUrls(picture.table.rows).map(findingText);
    if (leftOut.length > 0) {
      alarms.push({ kind: 'announce_urls', trackerId: null, problem: leftOut.join('; '), isFault: true });
    }
    return alarms;
  }

  /** Null unless the cap is exceeded, and has been for a minute. */
  capAlarm(trackerId: string): Alarm | null {
    const figures = this.caps.figures(trackerId);
    if (figures === undefined || figures.exceededSince === null) return null;
    return capAlarm(trackerId, figures, this.#isDryRun ? null : (this.#causes.get(trackerId)?.text ?? ''));
  }

  #look(summary: CycleSummary, clock: Clock): void {
    // Under the other mode other limits were in force.
    if (summary.dryRun !== this.#isDryRun) this.#forgetCaps();
    this.#isDryRun = summary.dryRun;
    const at = clock.monotonic();
    this.caps.look(summary.trackers, this.#service.observer.means, at, clock.now());
    this.#changesFromOutside = this.#changesFromOutside.filter((changedAt) => at - changedAt < MINUTE_MS);
    if (!summary.dryRun) for (const id of this.caps.exceeded()) this.#findCause(id, summary, at);
    this.#notePace(summary, clock);
  }

  #noteChange(clock: Clock): void {
    this.#changesFromOutside.push(clock.monotonic());
  }

  #notePace(summary: CycleSummary | null, clock: Clock): void {
    const times = this.#calls.take(summary);
    const intervalMs = this.#service.live.config.global.control_interval * 1000;
    this.pace.note({ at: clock.monotonic(), now: clock.now(), intervalMs, times });
  }

  #tell(bus: Bus, at: number): void {
    const before = this.#raised;
    const alarms = new Map(this.alarms().map((alarm) => [`${alarm.kind} ${alarm.trackerId}`, alarm]));
    this.#raised = alarms;
    for (const [key, alarm] of alarms) if (!before.has(key)) bus.emit('alarm:raised', { ...alarm, at });
    for (const [key, { problem: _, ...alarm }] of before) {
      // A tracker that is gone keeps no cap.
      const isGone = alarm.trackerId !== null && this.caps.figures(alarm.trackerId) === undefined;
      if (!alarms.has(key) && !isGone) bus.emit('alarm:cleared', { ...alarm, message: endOf(alarm), at });
    }
  }

  #findCause(trackerId: string, { trackers }: CycleSummary, at: number): void {
    const known = this.#causes.get(trackerId);
    const report = trackers.find(({ id }) => id === trackerId);
    if (report === undefined || (known !== undefined && at - known.at < CAUSE_LASTS_MS)) return;
    const { status, live } = this.#service;
    const text = capExceededCause({
      report,
      torrents: this.#torrentsOf(trackerId),
      changesFromOutside: this.#changesFromOutside.length,
      failedWrites: status.failingWrites?.problem ?? null,
      idleGuard: live.config.global.idle_guard,
    });
    this.#causes.set(trackerId, { at, text });
  }

  *#torrentsOf(trackerId: string): Iterable<LimitedTorrent> {
    const { effects, percentage, picture } = this.#service;
    for (const reading of effects.planInput(percentage).readings) {
      if (reading.trackerId !== trackerId) continue;
      const { held, limitBps, usage } = reading;
      yield { held, limitBps, usage, shownBps: picture.table.uploadLimitOf(reading.key) ?? limitBps };
    }
  }

  #reset(): void {
    this.#forgetCaps();
    this.pace.reset();
    this.#calls.take(null);
    this.#service.picture.fullReads.reset();
    this.#raised = new Map();
  }

  #forgetCaps(): void {
    this.caps.reset();
    this.#causes.clear();
    this.#raised = new Map([...this.#raised].filter(([, { trackerId }]) => trackerId === null));
  }
}
