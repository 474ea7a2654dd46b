import { proxySettings, trustsLoopback } from '../../config/access.ts';
import type { Config } from '../../config/schema.ts';
import type { Finding } from './diagnosis.ts';

const ADVICE =
  'if a reverse proxy, a tunnel or a port forwarding on this machine leads to it, set auth.trust_loopback: false ' +
  '(docs/security.md names those that cannot be detected)';

/** What the config says about who may ask without a key, where only the user can tell whether it is right. */
export function diagnoseAccess(config: Pick<Config, 'auth' | 'global'>): Finding[] {
  if (!trustsLoopback(config)) return [];
  const settings = proxySettings(config);
  if (settings.length > 0) {
    return [
      {
        problem: `auth.trust_loopback is true, but ${settings.join(' and ')} tells of a proxy: one on this machine may let strangers in without a key`,
        advice: ADVICE,
      },
    ];
  }
  return [{ severity: 'note', problem: 'requests of this machine need no key', advice: ADVICE }];
}
