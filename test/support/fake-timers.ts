/** `setTimeout`, `setInterval` and their clears, on time that passes by hand. */
export interface FakeTimers {
  now(): number;
  /** Lets time pass and runs what falls due, in order. `pass(0)` runs what is due now. */
  pass(ms: number): void;
  readonly pending: number;
  /** When the next is due; null: none is set. */
  readonly nextDueAt: number | null;
}

export interface InstalledTimers extends FakeTimers {
  /** Puts the real ones back. */
  restore(): void;
}

interface Waiting {
  readonly id: number;
  readonly callback: () => void;
  readonly everyMs: number | null;
  dueAt: number;
}

/** In place of the real ones until they are restored. */
export function installFakeTimers(): InstalledTimers {
  const waiting = new Map<number, Waiting>();
  let time = 0;
  let lastId = 0;
  const add = (callback: () => void, ms: number, everyMs: number | null): unknown => {
    lastId += 1;
    waiting.set(lastId, { id: lastId, callback, everyMs, dueAt: time + ms });
    const handle = { id: lastId, ref: () => handle, unref: () => handle };
    return handle;
  };
  const clear = (handle: unknown) => {
    if (typeof handle === 'object' && handle !== null && 'id' in handle) waiting.delete(Number(handle.id));
  };
  const next = () => [...waiting.values()].sort((a, b) => a.dueAt - b.dueAt || a.id - b.id)[0];
  const pass = (ms: number) => {
    const until = time + ms;
    for (;;) {
      const due = next();
      if (due === undefined || due.dueAt > until) break;
      time = Math.max(time, due.dueAt);
      if (due.everyMs === null) waiting.delete(due.id);
      else due.dueAt += due.everyMs;
      due.callback();
    }
    time = until;
  };
  const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
  Object.assign(globalThis, {
    setTimeout: (callback: () => void, ms = 0) => add(callback, ms, null),
    setInterval: (callback: () => void, ms = 0) => add(callback, ms, ms),
    clearTimeout: clear,
    clearInterval: clear,
  });
  return {
    now: () => time,
    pass,
    get pending() {
      return waiting.size;
    },
    get nextDueAt() {
      return next()?.dueAt ?? null;
    },
    restore: () => {
      Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval });
    },
  };
}

/** In place of the real ones while `body` runs, which must not wait for anything real. */
export function withFakeTimers(body: (timers: FakeTimers) => void): void {
  const timers = installFakeTimers();
  try {
    body(timers);
  } finally {
    timers.restore();
  }
}
