import type { Bus } from '../bus.ts';
import type { Clock } from './clock.ts';

type Beat = 'timer:control' | 'timer:reconcile';

/** The two beats of the service, told on the bus. */
export class Timers {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #running = new Map<Beat, { readonly seconds: number; readonly timer: NodeJS.Timeout }>();

  constructor(bus: Bus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
  }

  /**
   * Starts, or goes on with other intervals (s). A beat whose interval stays isn't begun anew: a config that is saved
   * more often than that would put it off for ever.
   */
  start(intervals: { readonly control_interval: number; readonly update_interval: number }): void {
    this.#beat('timer:control', intervals.control_interval);
    this.#beat('timer:reconcile', intervals.update_interval);
  }

  stop(): void {
    for (const { timer } of this.#running.values()) clearInterval(timer);
    this.#running.clear();
  }

  #beat(name: Beat, seconds: number): void {
    const before = this.#running.get(name);
    if (before?.seconds === seconds) return;
    clearInterval(before?.timer);
    const timer = setInterval(() => this.#bus.emit(name, { at: this.#clock.now() }), seconds * 1000);
    this.#running.set(name, { seconds, timer });
  }
}
