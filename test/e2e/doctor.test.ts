/** What the doctor finds in a real qBittorrent whose settings keep caps from holding, and that it goes when put right. */
import * as assert from 'uvu/assert';
import { realSwarmSuite, seederLabel } from '../support/real-swarm/available.ts';
import { type Swarm, withSwarm } from '../support/real-swarm/swarm.ts';

const MIB = 1024 * 1024;
const test = realSwarmSuite('doctor');

async function setPreferences({ seeder }: Swarm, fields: Record<string, unknown>): Promise<void> {
  const body = new URLSearchParams({ json: JSON.stringify(fields) });
  await fetch(`http://127.0.0.1:${seeder.webUiPort}/api/v2/app/setPreferences`, { method: 'POST', body });
}

test('settings that keep caps from holding are found, each with what to do, and are gone once put right', () =>
  withSwarm(['alpha'], async (swarm) => {
    await swarm.seed('alpha', 50 * 1024);
    await setPreferences(swarm, {
      limit_lan_peers: false,
      limit_utp_rate: false,
      up_limit: 100 * 1024,
      queueing_enabled: true,
    });
    const service = swarm.service({ caps: { alpha: MIB } });
    await service.rewrite({});
    const ill = await service.command('doctor');
    console.log(`${seederLabel}\n${ill.output}`);
    assert.is(ill.code, 1, ill.output);
    for (const finding of [
      /warning: qBittorrent's global upload limit of 100 KiB\/s is in force, below the caps together \(1\.00 MiB\/s\)/,
      /note: torrent queueing is on/,
      /note: 1 torrent has an upload limit of its own \(alpha 1\)/,
    ]) {
      assert.match(ill.output, finding);
    }
    // They decide about the global limit only.
    assert.not.match(ill.output, /LAN|local network|TP protocol/);
    await setPreferences(swarm, {
      limit_lan_peers: true,
      limit_utp_rate: true,
      up_limit: 0,
      queueing_enabled: false,
    });
    const well = await service.command('doctor');
    assert.is(well.code, 0, well.output);
    assert.match(well.output, /nothing keeps the caps from holding/);
    assert.not.match(well.output, /error:|warning:/);
  }));

test.run();
