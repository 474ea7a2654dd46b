import { getHead, NoAnswer } from '../delivery/http-exchange.ts';
import { crossSeedUrl } from './endpoint.ts';
import { type CrossSeedSettings, keyHeader } from './forward.ts';

/** What would keep torrents from being forwarded, and what helps; null: nothing. Starts no search. */
export async function probeCrossSeed(
  settings: CrossSeedSettings,
  signal: AbortSignal,
): Promise<{ readonly problem: string; readonly advice: string } | null> {
  const options = { timeoutMs: settings.timeout * 1000, signal };
  try {
    const ping = await getHead(crossSeedUrl(settings.url, 'ping'), options);
    if (ping.status !== 200) {
      return {
        problem: `what answers at cross_seed.url is no cross-seed: its /api/ping answered ${ping.status}`,
        advice: 'set the address of cross-seed itself, with its basePath if it has one',
      };
    }
    const { status } = await getHead(crossSeedUrl(settings.url, 'status'), {
      ...options,
      headers: keyHeader(settings),
    });
    if (status !== 401 && status !== 403) return null;
    return {
      problem: 'cross-seed refuses cross_seed.api_key',
      advice: 'set the one that the command "cross-seed api-key" prints',
    };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof NoAnswer)) throw error;
    return {
      problem: `cross-seed can't be reached at cross_seed.url: ${error.message}`,
      advice: 'start it as a daemon, and check the address as seen from here',
    };
  }
}
