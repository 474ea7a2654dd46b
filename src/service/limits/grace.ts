import type { Clock } from '../clock.ts';

/**
 * Time to end for what is under way when a signal aborts: `signal` here aborts, with the same reason, only so much
 * later. One serves all calls of a cycle, and costs no timer unless the cycle is broken off.
 */
export class Grace {
  readonly #from: AbortSignal;
  readonly #late = new AbortController();
  /** Ends the time to end; none while `from` has not aborted. */
  #ended: AbortController | null = null;
  readonly #onAbort: () => void;

  /** @param graceMs 0 or more */
  constructor(from: AbortSignal, graceMs: number, clock: Pick<Clock, 'sleep'>) {
    this.#from = from;
    this.#onAbort = () => {
      this.#ended = new AbortController();
      clock.sleep(graceMs, this.#ended.signal).then(
        () => this.#late.abort(from.reason),
        () => undefined,
      );
    };
    if (from.aborted) this.#onAbort();
    else from.addEventListener('abort', this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#late.signal;
  }

  /** When nothing is under way any more. */
  end(): void {
    this.#from.removeEventListener('abort', this.#onAbort);
    this.#ended?.abort();
  }
}
