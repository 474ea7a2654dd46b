import { NoAnswer } from './http-exchange.ts';

/** What came of one attempt to deliver. */
export type Attempt =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly problem: string;
      /** Whether another attempt may help, and not before so long; null: the usual back-off. */
      readonly retry: { readonly afterMs: number | null } | null;
    };

/** Whether the other side may take the same request later: it is busy, or broken for the moment. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** No answer came; another attempt may get one. Rejects only with the signal's reason. */
export function unanswered(error: unknown, signal: AbortSignal): Attempt {
  signal.throwIfAborted();
  // Of an error that isn't ours only the name: its message may hold the URL.
  const problem = error instanceof NoAnswer ? error.message : `it could not be sent (${nameOf(error)})`;
  return { ok: false, problem, retry: { afterMs: null } };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
