/** One torrent told to cross-seed, and what its answer means. */
import type { Config } from '../config/schema.ts';
import { type Attempt, isPassing, unanswered } from '../delivery/attempt.ts';
import { postJson } from '../delivery/http-exchange.ts';
import { crossSeedUrl } from './endpoint.ts';

export type CrossSeedSettings = Config['cross_seed'];

/**
 * cross-seed refuses a body with any key that it doesn't know, so the info-hash goes alone.
 * @param infoHash 40 hex digits
 * Rejects only with the signal's reason.
 */
export async function forward(
  settings: CrossSeedSettings,
  infoHash: string,
  signal: AbortSignal,
): Promise<Attempt> {
  if (!settings.enabled) return refused('cross_seed.enabled is false now');
  try {
    const { status, retryAfterMs } = await postJson(
      crossSeedUrl(settings.url, 'webhook'),
      { infoHash },
      { timeoutMs: settings.timeout * 1000, signal, headers: keyHeader(settings) },
    );
    return judge(status, retryAfterMs);
  } catch (error) {
    return unanswered(error, signal);
  }
}

export function keyHeader({ api_key }: CrossSeedSettings): Record<string, string> {
  return api_key === '' ? {} : { 'x-api-key': api_key };
}

function judge(status: number, retryAfterMs: number | null): Attempt {
  if (status >= 200 && status < 300) return { ok: true };
  const answered = `it answered ${status}`;
  if (isPassing(status)) return { ok: false, problem: answered, retry: { afterMs: retryAfterMs } };
  return refused(`${answered}: ${ADVICE.get(status) ?? 'check cross_seed.url'}`);
}

const ADVICE: ReadonlyMap<number, string> = new Map([
  [400, 'it takes no info-hash alone, which it should from version 6 on'],
  [401, "check cross_seed.api_key against cross-seed's own (cross-seed api-key)"],
  [403, 'something in front of cross-seed refuses: check cross_seed.url'],
  [404, "there is no cross-seed: check cross_seed.url, with cross-seed's basePath if it has one"],
]);

function refused(problem: string): Attempt {
  return { ok: false, problem, retry: null };
}
