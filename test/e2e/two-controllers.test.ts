/** Two services on one client never cost a torrent its original limit, whichever is stopped, killed or chosen. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { realSwarmSuite } from '../support/real-swarm/available.ts';
import { OwnLimits } from '../support/real-swarm/own-limits.ts';
import type { Service } from '../support/real-swarm/service.ts';
import { type Swarm, type SwarmTorrent, withSwarm } from '../support/real-swarm/swarm.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';

const KIB = 1024;
const CAPS = { alpha: 1024 * KIB };
const OTHER_CAPS = { alpha: 700 * KIB };
const OWN = [0, 0, 0, 0, 307_200, 123_456, 1024 * KIB, 200_000];
/** A marker that stands still for a minute is stale; it is looked at every ten seconds. */
const STALE_WITHIN_MS = 85_000;

const test = realSwarmSuite('two controllers');

async function seed(swarm: Swarm): Promise<{ own: OwnLimits; unlimited: readonly SwarmTorrent[] }> {
  const own = new OwnLimits(swarm);
  const torrents: SwarmTorrent[] = [];
  for (const limitBps of OWN) torrents.push(await own.seed('alpha', limitBps));
  for (const torrent of torrents) await swarm.leech(torrent);
  return { own, unlimited: torrents.slice(0, 4) };
}

async function contestOf(service: Service): Promise<string | null> {
  const { link } = (await service.get('/state')) as { link: { contest: { kind: string } | null } };
  return link.contest?.kind ?? null;
}

async function untilContested(service: Service, kinds: readonly string[], withinMs = 20_000): Promise<void> {
  await waitFor(`a contest of ${kinds.join(' or ')}`, withinMs, async () =>
    kinds.includes((await contestOf(service)) ?? '') ? true : undefined,
  );
}

test('a second one writes nothing; when the first has rolled back and stopped, it takes over by itself', () =>
  withSwarm(['alpha'], async (swarm) => {
    const { own, unlimited } = await seed(swarm);
    const first = swarm.service({ caps: CAPS });
    await first.start();
    await own.untilManaged(unlimited);
    await sleep(5_000);
    const second = await swarm.anotherService({ caps: OTHER_CAPS });
    await second.start();
    await untilContested(second, ['controller', 'unknown-limits']);
    await sleep(10_000);
    const { limits_applied } = await second.get('/stats');
    assert.is(limits_applied, 0);
    assert.is((await first.get('/health')).status, 'healthy');
    assert.is((await second.get('/health')).status, 'degraded');

    const { status, missing } = await first.post('/rollback', {
      confirm: true,
      reason: 'to be replaced',
    });
    // On a client without markers the second one begins at once: what it then restores is what the first one left.
    assert.equal([status, missing], ['completed', 0]);
    await first.stop();
    await own.untilManaged(unlimited);
    await second.post('/rollback', { confirm: true, reason: 'the end' });
    await own.assertAllRestored('after the rollback of the second');
  }));

test('two that start together end with one in charge, and every original is restored', () =>
  withSwarm(['alpha'], async (swarm) => {
    const { own, unlimited } = await seed(swarm);
    const first = swarm.service({ caps: CAPS });
    const second = await swarm.anotherService({ caps: OTHER_CAPS });
    await Promise.all([first.start(), second.start()]);
    await own.untilManaged(unlimited);
    await waitFor('one to be contested', 60_000, async () => {
      const contests = await Promise.all([first, second].map(contestOf));
      return contests.some((kind) => kind !== null) ? true : undefined;
    });
    const chosen = (await contestOf(first)) === null ? first : second;
    const other = chosen === first ? second : first;
    await other.stop();
    // What the other one wrote last may contest the chosen one, too.
    await sleep(6_000);
    if ((await contestOf(chosen)) !== null) {
      const { status } = await chosen.post('/ownership/take', { confirm: true });
      assert.is(status, 'taken');
      await sleep(6_000);
    }
    const answer = await chosen.post('/rollback', { confirm: true, reason: 'the end' });
    assert.is(answer.status, 'completed', JSON.stringify(answer));
    await own.assertAllRestored('after the rollback of the chosen one');
  }));

test('beside the limits of one that was killed, a second one waits for its originals, and restores all with them', () =>
  withSwarm(['alpha'], async (swarm) => {
    const { own, unlimited } = await seed(swarm);
    const first = swarm.service({ caps: CAPS });
    await first.start();
    await own.untilManaged(unlimited);
    await sleep(5_000);
    await first.stop('SIGKILL');
    const second = await swarm.anotherService({ caps: OTHER_CAPS });
    await second.start();
    await untilContested(second, ['unknown-limits'], STALE_WITHIN_MS);
    await second.stop();

    const file = path.join(swarm.serviceFolder, 'originals.json');
    const exported = await first.command('originals', 'export', file);
    assert.is(exported.code, 0, exported.output);
    const imported = await second.command('originals', 'import', file, '--confirm');
    assert.is(imported.code, 0, imported.output);
    await second.start();
    await waitFor('it to be in charge', 30_000, async () =>
      (await contestOf(second)) === null ? true : undefined,
    );
    await sleep(6_000);
    await second.post('/rollback', { confirm: true, reason: 'the end' });
    await own.assertAllRestored('after the rollback of the second');
  }));

test('with its journal lost, it enforces nothing until the user says what the originals are', () =>
  withSwarm(['alpha'], async (swarm) => {
    const { own, unlimited } = await seed(swarm);
    const service = swarm.service({ caps: CAPS });
    await service.start();
    await own.untilManaged(unlimited);
    await sleep(5_000);
    await service.stop();
    const before = await swarm.seeder.api.uploadLimits();
    await rm(path.join(swarm.serviceFolder, 'journal.db'));
    await service.start();
    await untilContested(service, ['unknown-limits']);
    await sleep(5_000);
    assert.equal(await swarm.seeder.api.uploadLimits(), before, 'nothing is written');

    const adopted = await service.command('originals', 'adopt', '--unlimited', '--confirm');
    assert.is(adopted.code, 0, adopted.output);
    await waitFor('it to be in charge', 30_000, async () =>
      (await contestOf(service)) === null ? true : undefined,
    );
    await sleep(6_000);
    await service.post('/rollback', { confirm: true, reason: 'the end' });
    const after = await swarm.seeder.api.uploadLimits();
    for (const torrent of unlimited) assert.is(after.get(torrent.infoHash), 0);
  }));

test.run();
