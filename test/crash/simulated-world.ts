import { Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';
import { ADDED_URLS } from '../support/added-urls.ts';
import { freePorts } from '../support/real-swarm/free-ports.ts';
import { LimitGate } from './limit-gate.ts';
import { type Limits, REFRESH_MS, TORRENTS, type World } from './world.ts';

export type Version = NonNullable<SimulatorOptions['version']>;

/** A simulated qBittorrent in this process: it outlives the service. */
export async function simulatedWorld(version: Version = '5.1.0'): Promise<World> {
  const [port = 0, gatePort = 0, secondPort = 0] = await freePorts(3);
  let simulator = simulatorWith(version, port, {});
  await simulator.start();
  const gate = new LimitGate(gatePort, port);
  const secondGate = new LimitGate(secondPort, port);
  await gate.start();
  await secondGate.start();
  const torrents = () => [...simulator.swarm.torrents.values()];
  return {
    gate,
    secondGate,
    nameOf: (infoHash) => simulator.swarm.torrents.get(infoHash)?.spec.name ?? '',
    limits: async () => Object.fromEntries(torrents().map(({ spec, limit }) => [spec.name, limit.wire])),
    set: async (names, bps) => {
      const hashes = torrents().filter(({ spec }) => names.includes(spec.name));
      simulator.swarm.setUploadLimit(
        hashes.map(({ hash }) => hash),
        bps,
        Date.now(),
      );
    },
    killClient: async () => {
      await simulator.stop();
      for (const one of [gate, secondGate]) one.breakConnections();
    },
    startClient: async (saved) => {
      const { clientData } = simulator;
      simulator = simulatorWith(version, port, saved);
      for (const [name, value] of clientData) simulator.clientData.set(name, value);
      await simulator.start();
    },
    stop: async () => {
      await Promise.all([gate.stop(), secondGate.stop()]);
      await simulator.stop();
    },
  };
}

function simulatorWith(version: Version, port: number, limits: Limits): Simulator {
  return new Simulator({
    version,
    port,
    swarm: {
      seed: 7,
      linkBps: 50_000_000,
      refreshIntervalMs: REFRESH_MS,
      torrents: TORRENTS.map(({ name, tracker, ownBps }) => ({
        name,
        trackers: [`https://${tracker}.example/announce`, ...ADDED_URLS],
        demand: { kind: 'none' },
        leechersKnown: 5,
        uploadLimitWire: limits[name] ?? ownBps,
      })),
    },
  });
}
