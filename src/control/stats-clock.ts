/*
 * When were the counters that a poll shows really taken? qBittorrent moves all its statistics once per
 * refresh interval P, so a poll sees counters up to P old, and two polls 2 s apart see 1 or 2 steps of 1.5 s:
 * rates from the polls' own times are off by up to 25 %. The session total tells the number of steps, since
 * the session speed is the total's growth over the last step alone.
 *
 * Invariant: the instant never lies in the future, and more than P (and a little slack) before its poll only
 * while the client is late.
 */

const SLACK_MS = 100;
/** A client that shows nothing new for longer is believed: it has stopped sending. */
const LATE_MS = 6_000;

export interface StatsReading {
  /** Arrival of the poll, monotonic ms. */
  readonly at: number;
  readonly refreshIntervalMs: number;
  /** Session payload upload: total bytes, and speed over the last refresh step in B/s; null when not sent yet. */
  readonly sessionBytes: number | null;
  readonly sessionSpeedBps: number | null;
}

export class StatsClock {
  #instant: number | null = null;
  #bytes = 0;

  /** The instant that this poll's counters belong to, monotonic ms. Never before the one of the poll before. */
  read(reading: StatsReading): number {
    const { at, refreshIntervalMs: period, sessionBytes, sessionSpeedBps } = reading;
    // Sending, and yet no byte more: the client is late with its refresh, and nothing new was read.
    const late = this.#instant !== null && sessionBytes === this.#bytes && (sessionSpeedBps ?? 0) > 0;
    if (late && at - (this.#instant ?? at) < LATE_MS) return this.#instant ?? at;
    const earliest = at - period - SLACK_MS;
    let instant = at - period / 2;
    if (this.#instant !== null) {
      const moved = (sessionBytes ?? this.#bytes) - this.#bytes;
      const steps =
        moved > 0 && sessionSpeedBps !== null && sessionSpeedBps > 0
          ? Math.max(1, Math.round((moved * 1000) / sessionSpeedBps / period))
          : Math.round((at - period / 2 - this.#instant) / period);
      instant = Math.max(this.#instant, this.#instant + steps * period);
    }
    instant = Math.min(at, Math.max(earliest, instant));
    if (this.#instant !== null) instant = Math.max(this.#instant, instant);
    this.#instant = instant;
    this.#bytes = sessionBytes ?? this.#bytes;
    return instant;
  }
}
