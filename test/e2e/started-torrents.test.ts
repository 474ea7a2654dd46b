/** Torrents that the user has stopped, and starts all at once while their leechers wait. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { realSwarmSuite, seederLabel } from '../support/real-swarm/available.ts';
import { capsTable } from '../support/real-swarm/caps-table.ts';
import { withSwarm } from '../support/real-swarm/swarm.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';

const MIB = 1024 * 1024;
const CAP = MIB / 2;
const TORRENTS = 16;
/** A new state is in the seeder's sync data by then. */
const SHOWS_WITHIN_MS = 3_000;
const MINUTE_MS = 60_000;

const test = realSwarmSuite('started torrents');

test('sixteen stopped torrents that are started at once keep the cap over a minute, and stay under twice the cap', () =>
  withSwarm(['alpha'], async (swarm) => {
    const torrents = await Promise.all(Array.from({ length: TORRENTS }, () => swarm.seed('alpha')));
    const hashes = torrents.map(({ infoHash }) => infoHash);
    await swarm.seeder.api.stop(hashes);
    for (const torrent of torrents) await swarm.leech(torrent);
    await sleep(SHOWS_WITHIN_MS);
    const service = swarm.service({ caps: { alpha: CAP } });
    await service.start();
    await waitFor('standby limits of stopped torrents', 30_000, async () => {
      const limits = await swarm.seeder.api.uploadLimits();
      return hashes.every((hash) => (limits.get(hash) ?? 0) > 0) ? true : undefined;
    });
    swarm.groundTruth.start();
    const startedAt = swarm.groundTruth.now();
    await swarm.seeder.api.start(hashes);
    await swarm.seeder.api.addPeer(hashes, swarm.leecher.peerPort);
    await sleep(MINUTE_MS);
    await swarm.groundTruth.stop();
    const summary = swarm.groundTruth.summary(hashes, startedAt);
    console.log(`${seederLabel}:\n${capsTable([{ tracker: 'alpha', capBps: CAP, ...summary }])}`);
    const [worst, mean] = [summary.worstWindowBps / CAP, summary.meanBps / CAP];
    // Without standby limits it is 10. At limits of 16 KiB/s a torrent's usage moves in steps of a block a second.
    assert.ok(worst <= 2, `worst 10 s: ${worst} of the cap`);
    assert.ok(mean >= 0.8 && mean <= 1.03, `they were wanted, and got ${mean} of the cap`);
    assert.is((await service.stop())?.code, 0);
  }));

test.run();
