/**
 * Waits for the first of several things to happen. However it ends, no listener and no timer is left behind.
 * @param subscribe listens, calls `settle` with the outcome, and returns what unsubscribes
 * @returns the outcome, or null when there is none within `withinMs`
 */
export function nextEvent<Outcome>(
  withinMs: number,
  subscribe: (settle: (outcome: Outcome) => void) => readonly (() => void)[],
): Promise<Outcome | null> {
  return new Promise((resolve) => {
    let subscriptions: readonly (() => void)[] = [];
    const end = (outcome: Outcome | null) => {
      clearTimeout(timer);
      for (const unsubscribe of subscriptions) unsubscribe();
      resolve(outcome);
    };
    const timer = setTimeout(() => end(null), withinMs);
    timer.unref();
    subscriptions = subscribe(end);
  });
}
