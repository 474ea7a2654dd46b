/** A simulated client whose torrents have originals of their own, and the state that a killed service leaves. */
import { Simulator } from '../../src/simulator/simulator.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { type Bench, limitsOf, MIB, SECRETS } from './support.ts';

export const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
/** The limit of each torrent before the service, in bytes per second. 0: none. */
export const OWN: Record<string, number> = { a: 0, b: 0, c: 0, d: 0, e: 0, f: 3_000_000 };

/** @param port any free one by default; another each time it is started */
export function client(version: '5.1.0' | '5.3.0', port = 0): Simulator {
  return new Simulator({
    port,
    credentials: { username: 'admin', password: SECRETS.password },
    version,
    swarm: {
      seed: 1,
      linkBps: 40 * MIB,
      refreshIntervalMs: 200,
      torrents: NAMES.map((name) => ({
        name,
        trackers: [`https://tracker.example/${SECRETS.passkey}/announce`],
        demand: { kind: 'constant', bps: 4 * MIB },
        uploadLimitWire: OWN[name] ?? 0,
      })),
    },
  });
}

/** Every torrent has a limit of the service's, which was killed. */
export async function leaveAllLimited(bench: Bench, simulated: Simulator): Promise<Record<string, number>> {
  const run = await bench.serve();
  await waitFor('limits', 30_000, async () => {
    const limits = limitsOf(simulated);
    return NAMES.every((name) => limits[name] !== OWN[name]) ? true : undefined;
  });
  run.kill('SIGKILL');
  await run.ended;
  return limitsOf(simulated);
}
