/** The simulated qBittorrent, in a process of its own so that it takes nothing from the measured one. */
import { Simulator } from '../../src/simulator/simulator.ts';
import { Churn, scaleTorrent } from './scale-swarm.ts';

const CHURN_EVERY_MS = 2_000;

export interface SimulatorOrder {
  readonly torrents: number;
}

process.once('message', ({ torrents }: SimulatorOrder) => {
  void (async () => {
    const specs = Array.from({ length: torrents }, (_, index) => scaleTorrent(index));
    const linkBps = Math.max(200, torrents / 50) * 1024 * 1024;
    const simulator = new Simulator({ swarm: { seed: 1, linkBps, torrents: specs } });
    const { port } = await simulator.start();
    const churn = new Churn(simulator, torrents);
    const timer = setInterval(() => churn.turn(), CHURN_EVERY_MS);
    process.once('disconnect', () => {
      clearInterval(timer);
      void simulator.stop();
    });
    process.send?.({ port });
  })();
});
