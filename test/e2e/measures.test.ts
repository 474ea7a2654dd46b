/** What a real qBittorrent keeps from working well, and that the service says so. */
import * as assert from 'uvu/assert';
import { realSwarmSuite, seederLabel } from '../support/real-swarm/available.ts';
import type { Service } from '../support/real-swarm/service.ts';
import { withSwarm } from '../support/real-swarm/swarm.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';

const MIB = 1024 * 1024;
const FULL_READS = /every read of qBittorrent is a full one of \d+ kB/;
const EXCEEDED = /tracker "alpha" has exceeded its cap/;
const test = realSwarmSuite('measures');

async function problemsOf(service: Service): Promise<string> {
  const { problems } = await service.get('/health');
  return Array.isArray(problems) ? problems.join('\n') : '';
}

async function seconds(what: string, within: number, isSo: () => Promise<boolean>): Promise<number> {
  const startedAt = performance.now();
  await waitFor(what, within * 1000, async () => ((await isSo()) ? true : undefined));
  return Math.round((performance.now() - startedAt) / 1000);
}

test('a proxy that strips cookies is found by service and doctor, and no more when it passes them', () =>
  withSwarm(['alpha'], async (swarm) => {
    for (let n = 0; n < 5; n += 1) await swarm.seed('alpha');
    swarm.proxy.stripsCookies = true;
    const service = swarm.service({ caps: { alpha: MIB } });
    await service.start();
    const found = await seconds('full reads to be found', 20, async () =>
      FULL_READS.test(await problemsOf(service)),
    );
    const stripped = await service.get('/stats');
    const doctor = await service.command('doctor');
    assert.is(doctor.code, 1, doctor.output);
    assert.match(doctor.output, FULL_READS);
    swarm.proxy.stripsCookies = false;
    const gone = await seconds(
      'them to be gone',
      20,
      async () => !FULL_READS.test(await problemsOf(service)),
    );
    const well = await service.command('doctor');
    assert.not.match(well.output, FULL_READS);
    const whole = await service.get('/stats');
    console.log(
      `${seederLabel}: found after ${found} s, gone after ${gone} s; ` +
        `a read takes ${stripped.last_read_bytes} bytes without cookies, ${whole.last_read_bytes} with them`,
    );
  }));

test('a cap that torrents outside the rollout exceed is reported after a minute, and no more a minute after all are in', () =>
  withSwarm(['alpha'], async (swarm) => {
    const torrents = [await swarm.seed('alpha'), await swarm.seed('alpha')];
    const service = swarm.service({ caps: { alpha: MIB }, rolloutPercentage: 1 });
    await service.start();
    for (const torrent of torrents) await swarm.leech(torrent);
    const raised = await seconds('the cap to be reported', 150, async () =>
      EXCEEDED.test(await problemsOf(service)),
    );
    const problems = await problemsOf(service);
    console.log(`${seederLabel}: after ${raised} s\n${problems}`);
    assert.ok(raised >= 55, `${raised} s`);
    assert.match(
      problems,
      /over the last (minute|10 s), the effective cap is 1\.00 MiB\/s; torrents that rollout/,
    );
    await service.post('/rollout', { percentage: 100 });
    const cleared = await seconds(
      'the cap to be held again',
      150,
      async () => !EXCEEDED.test(await problemsOf(service)),
    );
    console.log(`${seederLabel}: held again after ${cleared} s`);
    assert.ok(cleared >= 55, `${cleared} s`);
  }));

test.run();
