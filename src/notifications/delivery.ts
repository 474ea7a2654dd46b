/** One attempt to deliver a notice, and what its outcome means. */
import { type Attempt, isPassing, unanswered } from '../delivery/attempt.ts';
import { postJson } from '../delivery/http-exchange.ts';
import type { Notice } from './notice.ts';
import { payloadFor, type Target } from './payload.ts';

/** Rejects only with the signal's reason. */
export async function deliver(
  { type, url }: Target,
  notice: Notice,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Attempt> {
  try {
    const { status, retryAfterMs } = await postJson(url, payloadFor(type, notice), { timeoutMs, signal });
    return judge(type, status, retryAfterMs);
  } catch (error) {
    return unanswered(error, signal);
  }
}

function judge(type: Target['type'], status: number, retryAfterMs: number | null): Attempt {
  const refused = (problem: string): Attempt => ({ ok: false, problem, retry: null });
  // Apprise says so when nothing is configured under the key.
  if (type === 'apprise' && status === 204) return refused('Apprise has nothing to send to under that key');
  if (status >= 200 && status < 300) return { ok: true };
  const answered = `it answered ${status}`;
  if (isPassing(status)) return { ok: false, problem: answered, retry: { afterMs: retryAfterMs } };
  if (status >= 300 && status < 400) return refused(`${answered}, a redirect: set the address it leads to`);
  return refused(`${answered}: check the target's url`);
}
