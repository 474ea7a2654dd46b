/** The harness proves itself first: what limits the seeder shows up, to scale, in what the leecher gets. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { realSwarmSuite, seederLabel } from '../support/real-swarm/available.ts';
import { withSwarm } from '../support/real-swarm/swarm.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

const test = realSwarmSuite('real swarm');

test('a limit set on the seeder is the rate that the leecher gets, and the leecher can ask for less', () =>
  withSwarm(['alpha', 'beta'], async (swarm) => {
    const limited = await swarm.seed('alpha', 512 * KIB);
    const modest = await swarm.seed('alpha', 512 * KIB);
    const unlimited = await swarm.seed('beta');
    swarm.groundTruth.start();
    await swarm.leech(limited);
    await swarm.leech(modest, 200 * KIB);
    await swarm.leech(unlimited, 4 * MIB);

    await sleep(8_000);
    const settled = swarm.groundTruth.now();
    await sleep(16_000);
    await swarm.groundTruth.stop();

    const rates = [limited, modest, unlimited].map(({ infoHash }) =>
      swarm.groundTruth.summary([infoHash], settled),
    );
    console.log(
      `${seederLabel}: ${rates.map(({ meanBps, worstWindowBps }) => `${Math.round(meanBps / KIB)} (worst 10 s ${Math.round(worstWindowBps / KIB)})`).join(', ')} KiB/s`,
    );
    const [limitedKib = 0, modestKib = 0, unlimitedKib = 0] = rates.map(({ meanBps }) => meanBps / KIB);
    assert.ok(
      limitedKib > 460 && limitedKib < 565,
      `expected 512 KiB/s by the upload limit, got ${limitedKib}`,
    );
    // Demand is only as exact as a download limit is: bytes already requested still come.
    assert.ok(modestKib > 160 && modestKib < 260, `expected 200 KiB/s by demand, got ${modestKib}`);
    assert.ok(
      unlimitedKib > 3300 && unlimitedKib < 5300,
      `expected 4096 KiB/s by demand, got ${unlimitedKib}`,
    );
    assert.is(await swarm.uploadLimitOf(limited), 512 * KIB);
    assert.is(await swarm.uploadLimitOf(unlimited), 0);
  }));

test.run();
