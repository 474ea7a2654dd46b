export interface WaitingCall {
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal | undefined;
}

interface Watched {
  readonly calls: Set<WaitingCall>;
  readonly onAbort: () => void;
}

/**
 * Calls that have not begun, each rejected as soon as its signal aborts. The calls of a cycle share its signal, and so
 * one listener on it.
 *
 * Invariant: a signal is listened to exactly while calls wait on it.
 */
export class WaitingCalls {
  readonly #all = new Set<WaitingCall>();
  readonly #watched = new Map<AbortSignal, Watched>();

  get size(): number {
    return this.#all.size;
  }

  /** @param signal not aborted yet */
  add(reject: (reason: unknown) => void, signal: AbortSignal | undefined): WaitingCall {
    const call = { reject, signal };
    this.#all.add(call);
    if (signal !== undefined) this.#watch(signal).calls.add(call);
    return call;
  }

  /** False when it has been rejected, and so must not begin. */
  take(call: WaitingCall): boolean {
    if (!this.#all.delete(call)) return false;
    const { signal } = call;
    const watched = signal === undefined ? undefined : this.#watched.get(signal);
    watched?.calls.delete(call);
    if (signal !== undefined && watched?.calls.size === 0) this.#unwatch(signal, watched);
    return true;
  }

  rejectAll(reason: unknown): void {
    const calls = [...this.#all];
    this.#all.clear();
    for (const [signal, watched] of this.#watched) this.#unwatch(signal, watched);
    for (const { reject } of calls) reject(reason);
  }

  #watch(signal: AbortSignal): Watched {
    const found = this.#watched.get(signal);
    if (found !== undefined) return found;
    const calls = new Set<WaitingCall>();
    const onAbort = (): void => {
      this.#watched.delete(signal);
      for (const call of calls) {
        this.#all.delete(call);
        call.reject(signal.reason);
      }
    };
    const watched = { calls, onAbort };
    this.#watched.set(signal, watched);
    signal.addEventListener('abort', onAbort, { once: true });
    return watched;
  }

  #unwatch(signal: AbortSignal, { onAbort }: Watched): void {
    signal.removeEventListener('abort', onAbort);
    this.#watched.delete(signal);
  }
}
