/** One attempt to deliver, and what its outcome means. */
import type { Notice } from './notice.ts';
import { payloadFor, type Target } from './payload.ts';
import { PostFailed, postJson } from './post-json.ts';

export type Delivery =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly problem: string;
      /** Whether another attempt may help, and not before so long; null: the usual back-off. */
      readonly retry: { readonly afterMs: number | null } | null;
    };

/** Rejects only with the signal's reason. */
export async function deliver(
  { type, url }: Target,
  notice: Notice,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Delivery> {
  try {
    const { status, retryAfterMs } = await postJson(url, payloadFor(type, notice), timeoutMs, signal);
    return judge(type, status, retryAfterMs);
  } catch (error) {
    signal.throwIfAborted();
    // Of an error that isn't ours only the name: its message may hold the URL.
    const problem = error instanceof PostFailed ? error.message : `it could not be sent (${nameOf(error)})`;
    return { ok: false, problem, retry: { afterMs: null } };
  }
}

function judge(type: Target['type'], status: number, retryAfterMs: number | null): Delivery {
  const refused = (problem: string): Delivery => ({ ok: false, problem, retry: null });
  // Apprise says so when nothing is configured under the key.
  if (type === 'apprise' && status === 204) return refused('Apprise has nothing to send to under that key');
  if (status >= 200 && status < 300) return { ok: true };
  const answered = `it answered ${status}`;
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return { ok: false, problem: answered, retry: { afterMs: retryAfterMs } };
  }
  if (status >= 300 && status < 400) return refused(`${answered}, a redirect: set the address it leads to`);
  return refused(`${answered}: check the target's url`);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
