import type { Steps } from '../control/steps.ts';

/** A request is taken in at one turn of the event loop, read at the next, and answered. */
const TURNS = 2;
/** Work goes on for so long before it lets others have their turn. */
const AT_A_TIME_MS = 1;

/**
 * Lets the event loop have its turns: requests that came in are answered before the caller goes on. A cycle over 30,000
 * torrents is 50 ms of work, and a webhook has 2 ms.
 * @throws the signal's reason, when it is aborted by then
 */
export async function breathe(signal?: AbortSignal): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await nextTurn();
  signal?.throwIfAborted();
}

/**
 * Does it all, and breathes in between.
 * @throws what the work throws, or the signal's reason between two steps
 */
export async function inBreaths<T>(work: Steps<T>, signal?: AbortSignal): Promise<T> {
  let since = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() - since < AT_A_TIME_MS) continue;
    await breathe(signal);
    since = performance.now();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
