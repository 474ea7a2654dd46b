/** The promise itself, on ground truth: no tracker over its cap, none of the cap wasted, no torrent starved. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { realSwarmSuite, seederLabel } from '../support/real-swarm/available.ts';
import { capsTable } from '../support/real-swarm/caps-table.ts';
import { type Swarm, type SwarmTorrent, withSwarm } from '../support/real-swarm/swarm.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
/** A newcomer to a full tracker has to be noticed, room made for it by cuts, and the room seen, before it has its share. */
const FAIR_WITHIN_MS = 15_000;
const CAPS = { alpha: 2 * MIB, beta: MIB, gamma: 3 * MIB };

const test = realSwarmSuite('caps');

test('three trackers stay under their caps, use them, and share them fairly, while torrents come and go', () =>
  withSwarm(['alpha', 'beta', 'gamma', 'other'], async (swarm) => {
    const alpha = await seedSome(swarm, 'alpha', 6);
    const beta = await seedSome(swarm, 'beta', 4);
    const gamma = await seedSome(swarm, 'gamma', 3);
    const [other] = await seedSome(swarm, 'other', 1);
    const [latecomer] = beta.slice(3);
    const [sleeper] = gamma.slice(2);
    if (!other || !latecomer || !sleeper) throw new Error('expected 6, 4, 3 and 1 torrents');
    const alphaHungry = alpha.slice(0, 4);
    const betaHungry = beta.slice(0, 3);
    const now = (): number => swarm.groundTruth.now();

    // These are under way, without limits, when the service comes; the others wake under its guard.
    swarm.groundTruth.start();
    await leechAll(swarm, [...alphaHungry.slice(0, 2), ...betaHungry]);
    await sleep(2_000);
    const service = swarm.service({ caps: CAPS });
    await service.start();
    await leechAll(swarm, alphaHungry.slice(2));
    await leechAll(swarm, alpha.slice(4), 100 * KIB);
    await leechAll(swarm, gamma.slice(0, 2), 200 * KIB);
    await swarm.leech(other, 512 * KIB);

    await sleep(20_000);
    const settledAt = now();
    await sleep(15_000);
    await swarm.leech(latecomer);
    const latecomerFairAt = now() + FAIR_WITHIN_MS;
    await sleep(10_000);
    await swarm.leech(sleeper);
    // Some 3 s until the leecher is connected, and TCP takes as long to fill a raised limit.
    const gammaFullAt = now() + 15_000;
    await sleep(40_000);
    await swarm.groundTruth.stop();

    const minutes = (now() - settledAt) / 60_000;
    const writesPerMinute = swarm.proxy.writesSince(settledAt).length / minutes;
    const summaryOf = (torrents: readonly SwarmTorrent[], fromMs: number) =>
      swarm.groundTruth.summary(
        torrents.map((torrent) => torrent.infoHash),
        fromMs,
      );
    const rows = [
      { tracker: 'alpha', capBps: CAPS.alpha, ...summaryOf(alpha, settledAt) },
      { tracker: 'beta', capBps: CAPS.beta, ...summaryOf(beta, settledAt) },
      { tracker: 'gamma', capBps: CAPS.gamma, ...summaryOf(gamma, settledAt) },
      { tracker: 'gamma, sleeper awake', capBps: CAPS.gamma, ...summaryOf(gamma, gammaFullAt) },
      { tracker: 'other', capBps: -1, ...summaryOf([other], settledAt) },
    ];
    const hungryMeans = (torrents: readonly SwarmTorrent[], fromMs: number): number[] =>
      torrents.map(({ infoHash }) => swarm.groundTruth.meanOf(infoHash, fromMs));
    const alphaMeans = hungryMeans(alphaHungry, settledAt);
    const betaMeans = hungryMeans([...betaHungry, latecomer], latecomerFairAt);
    const inKib = (rates: readonly number[]): string =>
      rates.map((rate) => Math.round(rate / KIB)).join(', ');
    console.log(`${seederLabel}, from ${minutes.toFixed(1)} minutes:\n${capsTable(rows)}`);
    console.log(`those that want more, KiB/s: alpha ${inKib(alphaMeans)}; beta ${inKib(betaMeans)}`);
    console.log(`${writesPerMinute.toFixed(0)} writes a minute`);

    for (const row of rows.filter(({ capBps }) => capBps > 0)) {
      assert.ok(row.worstWindowBps <= 1.2 * row.capBps, `${row.tracker}: a 10 s window broke the cap`);
      assert.ok(row.meanBps <= 1.05 * row.capBps, `${row.tracker}: over its cap on the whole`);
    }
    for (const row of rows.filter(({ tracker }) => tracker !== 'gamma' && tracker !== 'other')) {
      assert.ok(row.meanBps >= 0.87 * row.capBps, `${row.tracker}: its torrents wanted more than they got`);
    }
    for (const [means, spread] of [
      [alphaMeans, 1.6],
      [betaMeans, 1.8],
    ] as const) {
      assert.ok(Math.max(...means) <= spread * Math.min(...means), `an unfair share: ${inKib(means)} KiB/s`);
    }
    assert.is(await swarm.uploadLimitOf(other), 0, 'a torrent of an unlimited tracker was limited');
    assert.is((await service.stop())?.code, 0);
  }));

function seedSome(swarm: Swarm, tracker: string, count: number): Promise<SwarmTorrent[]> {
  return Promise.all(Array.from({ length: count }, () => swarm.seed(tracker)));
}

async function leechAll(swarm: Swarm, torrents: readonly SwarmTorrent[], demandBps = 0): Promise<void> {
  for (const torrent of torrents) await swarm.leech(torrent, demandBps);
}

test.run();
