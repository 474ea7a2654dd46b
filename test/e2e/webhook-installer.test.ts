/** The webhook installer on a real qBittorrent: installed, a torrent added, the webhook arrives; removed, all as before. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { realSwarmSuite, seederLabel } from '../support/real-swarm/available.ts';
import { type Swarm, withSwarm } from '../support/real-swarm/swarm.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';

const MIB = 1024 * 1024;
const test = realSwarmSuite('webhook installer');

async function preferences({ seeder }: Swarm): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${seeder.webUiPort}/api/v2/app/preferences`);
  return (await response.json()) as Record<string, unknown>;
}

async function setPreferences({ seeder }: Swarm, fields: Record<string, unknown>): Promise<void> {
  const body = new URLSearchParams({ json: JSON.stringify(fields) });
  await fetch(`http://127.0.0.1:${seeder.webUiPort}/api/v2/app/setPreferences`, { method: 'POST', body });
}

test('installed, qBittorrent tells of a new torrent at once; removed, its settings are as before', () =>
  withSwarm(['alpha'], async (swarm) => {
    // The user's own, with an empty argument and a name that a shell would act on.
    const own = path.join(swarm.serviceFolder, 'own.sh');
    const seen = path.join(swarm.serviceFolder, 'own.args');
    await writeFile(own, `#!/bin/sh\nprintf '%s\\n' "$@" > '${seen}'\n`, { mode: 0o755 });
    await setPreferences(swarm, {
      autorun_program: '/bin/true "%N"',
      autorun_enabled: false,
      autorun_on_torrent_added_program: `"${own}" "" "$(id) \`id\` %N" %I`,
      autorun_on_torrent_added_enabled: true,
    });
    const before = await preferences(swarm);
    // Cycles far apart, so that only the webhook can be the cause.
    const service = swarm.service({ caps: { alpha: MIB }, controlIntervalSeconds: 30 });
    await service.start();
    const installed = await service.command('doctor', '--install-webhook', '--yes');
    assert.is(installed.code, 0, installed.output);
    await sleep(3_000);

    const key = (await readFile(path.join(swarm.serviceFolder, 'api-key'), 'utf8')).trim();
    const changed = await preferences(swarm);
    assert.not.ok(JSON.stringify(changed).includes(key), 'the key is in no setting');
    const torrent = await swarm.make('alpha');
    await swarm.leech(torrent, MIB);
    const addedAt = Date.now();
    await swarm.seedMade(torrent);
    const told = await waitFor('the webhook', 30_000, async () => {
      const { last_events } = (await service.get('/state')) as { last_events: Record<string, unknown>[] };
      return last_events.find(({ event, hash }) => event === 'webhook:received' && hash === torrent.infoHash);
    });
    const toldMs = Date.parse(String(told.at)) - addedAt;
    await waitFor('its limit', 30_000, async () =>
      (await swarm.uploadLimitOf(torrent)) > 0 ? true : undefined,
    );
    const args = await waitFor("the user's own program", 30_000, () =>
      readFile(seen, 'utf8').catch(() => undefined),
    );
    assert.equal(args.split('\n'), ['', `$(id) \`id\` ${torrent.file.name}`, torrent.infoHash, '']);
    console.log(`${seederLabel}: the webhook came ${toldMs} ms after the torrent was sent`);

    const removed = await service.command('doctor', '--remove-webhook', '--yes');
    assert.is(removed.code, 0, removed.output);
    assert.equal(await preferences(swarm), before);
  }));

test.run();
