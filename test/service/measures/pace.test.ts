/** A loop that does not keep its pace: qBittorrent is slow, over HTTP and on virtual time. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PaceWatch } from '../../../src/control/pace-watch.ts';
import { paceAlarm } from '../../../src/service/measures/pace-alarm.ts';
import { metricsReport } from '../../../src/service/reports/metrics-report.ts';
import { FaultyProxy } from '../../support/faulty-proxy.ts';
import { MIB, Rig, sleepers } from '../../support/service-rig.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const HOST = 'alpha.example';
const test = suite('the pace of the service');

/** A service with a cycle every 2 s, whose calls go through a proxy. */
async function withProxy(body: (rig: Rig, proxy: FaultyProxy, time: VirtualTime) => Promise<void>) {
  const time = new VirtualTime();
  const global = { control_interval: 2 };
  const options = { caps: { [HOST]: MIB }, torrents: sleepers(HOST, 2), global, stopped: true, time };
  try {
    await Rig.with(options, async (rig) => {
      const proxy = new FaultyProxy(rig.port);
      await proxy.start();
      rig.configureQbittorrent({ port: proxy.port });
      try {
        await rig.startService();
        await body(rig, proxy, time);
        const stopped = rig.service.stop();
        await time.pass(10_000);
        await stopped;
      } finally {
        await proxy.stop();
      }
    });
  } finally {
    time.restore();
  }
}

test('cycles that are late for a minute are reported with what takes the time, until they are on time for one', async () => {
  await withProxy(async (rig, proxy, time) => {
    await time.pass(60_000);
    assert.is(rig.operations.health().status, 'healthy');
    assert.is(Math.round(Number(rig.operations.stats().cycle_interval)), 2);
    await proxy.inject({
      strikes: ({ endpoint }) => endpoint === 'sync/maindata',
      injury: { kind: 'after', happens: () => time.skip(3_500) },
    });
    await time.pass(40_000);
    assert.is(rig.operations.health().status, 'healthy', 'not for a minute yet');
    await time.pass(40_000);
    const { status, problems } = rig.operations.health();
    assert.is(status, 'degraded');
    assert.match(
      problems[0] ?? '',
      /^cycles have been late since 20\S+Z: one every 3\.\d s, control_interval is 2 s; qBittorrent takes 3\.\d s to answer a read; lower its load, or raise control_interval$/,
    );
    const stats = rig.operations.stats();
    assert.ok(Number(stats.cycle_interval) > 3.2 && Number(stats.cycle_reading) > 3.2);
    assert.match(String(stats.loop_slow_since), /Z$/);
    assert.is(metricsReport(rig.service, '1').isLoopSlow, true);
    assert.is(rig.count('alarm:raised'), 1);

    await proxy.mend();
    await time.pass(40_000);
    assert.is(rig.operations.health().status, 'degraded', 'not on time for a minute yet');
    await time.pass(60_000);
    assert.is(rig.operations.health().status, 'healthy');
    assert.is(rig.count('alarm:cleared'), 1);
  });
});

test('one long read, and an outage, make no cycle late', async () => {
  await withProxy(async (rig, proxy, time) => {
    await time.pass(20_000);
    let isLong = true;
    await proxy.inject({
      strikes: ({ endpoint }) => endpoint === 'sync/maindata' && isLong,
      injury: {
        kind: 'after',
        happens: () => {
          isLong = false;
          time.skip(4_500);
        },
      },
    });
    await time.pass(90_000);
    assert.equal(rig.operations.health().problems, []);
    await proxy.mend();
    await proxy.stop();
    await time.pass(120_000);
    assert.is(rig.operations.health().status, 'unhealthy');
    await proxy.start();
    await time.pass(120_000);
    assert.equal(rig.operations.health().problems, []);
    assert.is(rig.count('alarm:raised'), 0);
  });
});

test('whatever takes the time is named, with what to do', () => {
  const times = { reading: 0, writing: 0, waiting: 0, planning: 0 };
  const told = (of: Partial<typeof times> | null) => {
    const watch = new PaceWatch();
    const took = of === null ? null : { ...times, ...of };
    for (let cycle = 0; cycle < 30; cycle += 1)
      watch.note({ at: cycle * 4000, now: cycle * 4000, intervalMs: 2000, times: took });
    return paceAlarm(watch.figures, { control_interval: 2, calls_per_second: 7 })?.problem ?? '';
  };
  assert.match(told({ reading: 3000, writing: 500 }), /takes 3\.0 s to answer a read; lower its load/);
  assert.match(told({ writing: 3000 }), /takes 3\.0 s to take the limits of a cycle; lower its load/);
  assert.match(
    told({ waiting: 3000 }),
    /wait 3\.0 s for their turn \(calls_per_second: 7\).*raise calls_per_second/,
  );
  assert.match(told({ planning: 3000 }), /own work takes 3\.0 s; give it more CPU time/);
  assert.match(told({ reading: 300, planning: 300 }), /they begin late: the machine is too busy/);
  assert.match(told(null), /they begin late: .*or cycles fail/);
});

test.run();
