/** The simulated qBittorrent, in a process of its own so that it takes nothing from the measured one. */
import { Simulator } from '../../src/simulator/simulator.ts';
import { addedUrls } from '../support/added-urls.ts';
import { Churn, scaleTorrent } from './scale-swarm.ts';

const CHURN_EVERY_MS = 2_000;
/** With many announce URLs each torrent that comes is megabytes of lists. */
const CHURN_WITH_URLS_EVERY_MS = 30_000;

export interface SimulatorOrder {
  readonly torrents: number;
  /** Announce URLs that are on every torrent, besides its own. */
  readonly announceUrls: number;
}

process.once('message', ({ torrents, announceUrls }: SimulatorOrder) => {
  void (async () => {
    const added = addedUrls(announceUrls);
    const specs = Array.from({ length: torrents }, (_, index) => scaleTorrent(index, added));
    const linkBps = Math.max(200, torrents / 50) * 1024 * 1024;
    const simulator = new Simulator({ swarm: { seed: 1, linkBps, torrents: specs } });
    const { port } = await simulator.start();
    const churn = new Churn(simulator, torrents, added);
    const everyMs = announceUrls > 0 ? CHURN_WITH_URLS_EVERY_MS : CHURN_EVERY_MS;
    const timer = setInterval(() => churn.turn(), everyMs);
    process.once('disconnect', () => {
      clearInterval(timer);
      void simulator.stop();
    });
    process.send?.({ port });
  })();
});
