/** The user's own limits: what torrents had before the service, must never exceed, and must get back. */
import * as assert from 'uvu/assert';
import type { Swarm, SwarmTorrent } from './swarm.ts';
import { waitFor } from './wait-for.ts';

export class OwnLimits {
  readonly #swarm: Swarm;
  /** B/s by torrent; 0: none. */
  readonly #limits = new Map<SwarmTorrent, number>();

  constructor(swarm: Swarm) {
    this.#swarm = swarm;
  }

  /** Seeds a torrent that has this limit of its own, B/s; 0: none. */
  async seed(tracker: string, limitBps: number): Promise<SwarmTorrent> {
    const torrent = await this.#swarm.seed(tracker, limitBps);
    this.#limits.set(torrent, limitBps);
    return torrent;
  }

  /** The user sets another one by hand. */
  async change(torrent: SwarmTorrent, limitBps: number): Promise<void> {
    await this.#swarm.seeder.api.setUploadLimit([torrent.infoHash], limitBps);
    this.#limits.set(torrent, limitBps);
  }

  /** Asserts that every torrent has exactly its own limit. */
  async assertAllRestored(when: string): Promise<void> {
    const actual = await this.#swarm.seeder.api.uploadLimits();
    const named = (
      limits: (torrent: SwarmTorrent) => number | undefined,
    ): Record<string, number | undefined> =>
      Object.fromEntries([...this.#limits.keys()].map((torrent) => [torrent.file.name, limits(torrent)]));
    assert.equal(
      named(({ infoHash }) => actual.get(infoHash)),
      named((torrent) => this.#limits.get(torrent)),
      `${when}: not every torrent has its own limit`,
    );
  }

  /** Asserts that no torrent which has a limit of its own has a higher one, or none. */
  async assertNoneExceeded(): Promise<void> {
    const actual = await this.#swarm.seeder.api.uploadLimits();
    for (const [{ infoHash, file }, own] of this.#limits) {
      const limit = actual.get(infoHash) ?? 0;
      if (own > 0)
        assert.ok(limit > 0 && limit <= own, `${file.name}: own limit ${own}, but it has ${limit}`);
    }
  }

  /** Resolves once every torrent given has another limit than its own. */
  async untilManaged(torrents: readonly SwarmTorrent[]): Promise<void> {
    await waitFor('the service to set limits', 30_000, async () => {
      const actual = await this.#swarm.seeder.api.uploadLimits();
      const managed = torrents.every((torrent) => actual.get(torrent.infoHash) !== this.#limits.get(torrent));
      return managed ? true : undefined;
    });
  }
}
