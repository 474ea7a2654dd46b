import type { Bus } from '../bus.ts';
import type { Clock } from './clock.ts';

/** The two beats of the service, told on the bus. */
export class Timers {
  readonly #bus: Bus;
  readonly #clock: Clock;
  #running: NodeJS.Timeout[] = [];

  constructor(bus: Bus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
  }

  /** Starts, or starts anew with other intervals (s). */
  start(intervals: { readonly control_interval: number; readonly update_interval: number }): void {
    this.stop();
    this.#running = [
      setInterval(
        () => this.#bus.emit('timer:control', { at: this.#clock.now() }),
        intervals.control_interval * 1000,
      ),
      setInterval(
        () => this.#bus.emit('timer:reconcile', { at: this.#clock.now() }),
        intervals.update_interval * 1000,
      ),
    ];
  }

  stop(): void {
    for (const timer of this.#running) clearInterval(timer);
    this.#running = [];
  }
}
