import { setTimeout as sleep } from 'node:timers/promises';
import { Simulator } from '../../src/simulator/simulator.ts';
import { freePorts } from '../support/real-swarm/free-ports.ts';
import { LimitGate } from './limit-gate.ts';
import { REFRESH_MS, TORRENTS, type World } from './world.ts';

/** A simulated qBittorrent in this process: it outlives the service. */
export async function simulatedWorld(): Promise<World> {
  const simulator = new Simulator({
    swarm: {
      seed: 7,
      linkBps: 50_000_000,
      refreshIntervalMs: REFRESH_MS,
      torrents: TORRENTS.map(({ name, tracker, ownBps }) => ({
        name,
        trackers: [`https://${tracker}.example/announce`],
        demand: { kind: 'none' },
        leechersKnown: 5,
        uploadLimitWire: ownBps,
      })),
    },
  });
  const { port } = await simulator.start();
  const [gatePort = 0] = await freePorts(1);
  const gate = new LimitGate(gatePort, port);
  await gate.start();
  const torrents = () => [...simulator.swarm.torrents.values()];
  return {
    gate,
    limits: async () => Object.fromEntries(torrents().map(({ spec, limit }) => [spec.name, limit.wire])),
    setByHand: async (name, bps) => {
      const hashes = torrents().filter(({ spec }) => spec.name === name);
      simulator.swarm.setUploadLimit(
        hashes.map(({ hash }) => hash),
        bps,
        Date.now(),
      );
      await sleep(REFRESH_MS);
    },
    stop: async () => {
      await gate.stop();
      await simulator.stop();
    },
  };
}
