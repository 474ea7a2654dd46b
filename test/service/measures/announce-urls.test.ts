import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MIB, Rig, sleepers } from '../../support/service-rig.ts';

const HOST = 'zeta.example';
const test = suite('announce URLs that are left out');

test('they are reported with the torrent and what to do, other torrents keep their cap, and the end is told', async () => {
  // Their announces fail, so that their lists of announce URLs decide.
  const torrents = sleepers(HOST, 20).map((spec) => ({ ...spec, announces: false }));
  await Rig.with({ caps: { [HOST]: MIB }, torrents }, async (rig) => {
    await rig.cycle();
    assert.equal(rig.operations.health().problems, []);
    const trackers = Array.from({ length: 20_000 }, (_, n) => `http://0.${n}.evil.example/announce`);
    const hash = rig.simulator.addTorrent({ name: 'hostile', trackers, demand: { kind: 'none' } });
    rig.service.requestCycle('reconcile', true);
    await rig.next('cycle:finished');
    const { status, problems } = rig.operations.health();
    assert.is(status, 'degraded');
    assert.equal(problems, [
      'a torrent has too many announce URLs (at most 1024 of a torrent are used), and the rest is left out: ' +
        `${hash}: remove these torrents, or most of their trackers, in qBittorrent; others are not affected`,
    ]);
    assert.is(rig.count('alarm:raised'), 1);
    const query = { search: '', show: 'all', sort: 'name', order: 'asc', offset: 0, limit: 1 } as const;
    assert.is(rig.operations.torrents({ ...query, tracker: 'zeta' }).total, 20);

    rig.simulator.removeTorrent(hash);
    await rig.cycle();
    assert.equal(rig.operations.health().problems, []);
    assert.is(rig.count('alarm:cleared'), 1);
  });
});

test.run();
