/** Killed at any moment, the service knows afterwards what was the user's and what was its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { realSwarmSuite } from '../support/real-swarm/available.ts';
import { OwnLimits } from '../support/real-swarm/own-limits.ts';
import { type Swarm, type SwarmTorrent, withSwarm } from '../support/real-swarm/swarm.ts';

const KIB = 1024;
const CAPS = { alpha: 1024 * KIB, beta: 512 * KIB };
const ROUNDS = 3;
const KILLS_A_ROUND = 2;

const test = realSwarmSuite('crash');

test('killed at random moments and started again, a rollback restores every limit exactly', () =>
  withSwarm(['alpha', 'beta'], async (swarm) => {
    const { own } = await seedSome(swarm);
    for (let round = 1; round <= ROUNDS; round += 1) {
      const service = swarm.service({ caps: CAPS, journal: `round-${round}` });
      const delays: number[] = [];
      for (let kill = 0; kill < KILLS_A_ROUND; kill += 1) {
        const delayMs = 500 + Math.random() * 7_500;
        delays.push(Math.round(delayMs));
        await service.spawn();
        await sleep(delayMs);
        assert.is((await service.stop('SIGKILL'))?.signal, 'SIGKILL', 'it had ended by itself');
      }
      const when = `round ${round}, killed after ${delays.join(' and ')} ms`;
      await own.assertNoneExceeded();
      if (round === ROUNDS) {
        const { code, output } = await service.command('rollback', '--confirm');
        assert.is(code, 0, `${when}: the rollback command failed:\n${output}`);
      } else {
        await service.start();
        await service.post('/rollback', { confirm: true, reason: 'after a crash' });
        await service.stop('SIGKILL');
      }
      await own.assertAllRestored(when);
      console.log(`${when}: restored`);
    }
  }));

test('a limit that the user sets by hand while it runs is in force after a crash and a rollback', () =>
  withSwarm(['alpha', 'beta'], async (swarm) => {
    const { own, unlimited } = await seedSome(swarm);
    const [torrent] = unlimited;
    if (torrent === undefined) throw new Error('expected a torrent without a limit');
    const service = swarm.service({ caps: CAPS });
    await service.start();
    await own.untilManaged(unlimited);

    await own.change(torrent, 222_222);
    await sleep(5_000);
    await own.assertNoneExceeded();
    await service.stop('SIGKILL');
    await service.start();
    await sleep(3_000);
    await own.assertNoneExceeded();
    await service.post('/rollback', { confirm: true, reason: 'after a crash' });
    await own.assertAllRestored('after a change by hand');
  }));

async function seedSome(swarm: Swarm): Promise<{ own: OwnLimits; unlimited: readonly SwarmTorrent[] }> {
  const own = new OwnLimits(swarm);
  const unlimited = await Promise.all([own.seed('alpha', 0), own.seed('alpha', 0), own.seed('beta', 0)]);
  const limited = await Promise.all([own.seed('alpha', 307_200), own.seed('beta', 150_001)]);
  for (const torrent of [...unlimited, ...limited]) await swarm.leech(torrent);
  return { own, unlimited };
}

test.run();
