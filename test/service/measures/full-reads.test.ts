/** A proxy strips cookies, so that qBittorrent takes every read for the first of a session: over real HTTP. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { metricsReport } from '../../../src/service/reports/metrics-report.ts';
import { FaultyProxy, type Injury } from '../../support/faulty-proxy.ts';
import { MIB, Rig, sleepers } from '../../support/service-rig.ts';

const HOST = 'alpha.example';
const test = suite('reads that are all full');

const strip: Injury = { kind: 'strip-cookies' };

async function withProxy(body: (rig: Rig, proxy: FaultyProxy) => Promise<void>): Promise<void> {
  await Rig.with({ caps: { [HOST]: MIB }, torrents: sleepers(HOST, 300), stopped: true }, async (rig) => {
    const proxy = new FaultyProxy(rig.port);
    await proxy.start();
    rig.configureQbittorrent({ port: proxy.port });
    try {
      await rig.startService();
      await rig.next('cycle:finished');
      await body(rig, proxy);
    } finally {
      await proxy.stop();
    }
  });
}

test('they are reported with what they cost and what to do, and no more once the cookie passes', async () => {
  await withProxy(async (rig, proxy) => {
    await rig.cycle();
    assert.is(rig.operations.stats().full_reads_in_a_row, 0);
    await proxy.inject({ strikes: () => true, injury: strip });
    await rig.cycle();
    await rig.cycle();
    assert.equal(rig.operations.health().problems, [], 'a session may end, and qBittorrent may restart');
    await rig.cycle();
    const { status, problems } = rig.operations.health();
    assert.is(status, 'degraded');
    assert.match(
      problems[0] ?? '',
      /^every read of qBittorrent is a full one of 0\.\d MB, not only what changed: its session cookie is lost on the way, as by a proxy that strips cookies: let the proxy pass the headers Cookie and Set-Cookie, .*5\.2 on qbittorrent\.api_key/,
    );
    const stats = rig.operations.stats();
    assert.is(stats.full_reads, true);
    assert.is(stats.full_reads_in_a_row, 3);
    assert.ok(Number(stats.last_read_bytes) > 300_000, `${stats.last_read_bytes}`);
    assert.is(metricsReport(rig.service, '1').areReadsFull, true);
    assert.is(rig.count('alarm:raised'), 1);

    await proxy.mend();
    await rig.cycle();
    await rig.cycle();
    assert.is(rig.operations.health().status, 'healthy');
    assert.is(rig.operations.stats().full_reads_in_a_row, 0);
    assert.ok(Number(rig.operations.stats().last_read_bytes) < 10_000);
    assert.is(rig.count('alarm:cleared'), 1);
  });
});

test('full pictures that were asked for, and one after each session that ends, are none', async () => {
  await withProxy(async (rig) => {
    for (let round = 0; round < 4; round += 1) {
      rig.service.requestCycle('reconcile', true);
      await rig.next('cycle:finished');
    }
    assert.is(rig.operations.stats().full_reads_in_a_row, 0);
    for (let round = 0; round < 4; round += 1) {
      rig.simulator.endSessions();
      await rig.cycle();
      assert.is(rig.operations.stats().full_reads_in_a_row, 1);
      await rig.cycle();
    }
    assert.is(rig.count('alarm:raised'), 0);
  });
});

test.run();
