/** A cap that Qguardarr cannot hold, over HTTP and on virtual time: what health, statistics and alarms make of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { metricsReport } from '../../../src/service/reports/metrics-report.ts';
import { MIB, Rig, type RigOptions } from '../../support/service-rig.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const HOST = 'alpha.example';
const EXCEEDED = /tracker "alpha" has exceeded its cap/;
const test = suite('a cap that is exceeded');

/** Three torrents that want 1 MiB/s each, under a cap of 1 MiB/s. */
const swarm: RigOptions = {
  caps: { [HOST]: MIB },
  global: { control_interval: 2, update_interval: 86_400 },
  torrents: Array.from({ length: 3 }, (_, n) => ({
    name: `busy ${n}`,
    trackers: [`https://${HOST}/passkey0123456789/announce`],
    demand: { kind: 'constant' as const, bps: MIB },
  })),
  stopped: true,
};

async function within(options: Partial<RigOptions>, body: (rig: Rig, time: VirtualTime) => Promise<void>) {
  const time = new VirtualTime();
  try {
    await Rig.with({ ...swarm, ...options, time }, async (rig) => {
      await rig.startService();
      await body(rig, time);
      const stopped = rig.service.stop();
      await time.pass(10_000);
      await stopped;
    });
  } finally {
    time.restore();
  }
}

/** qBittorrent takes calls and leaves every limit as it is, until the returned function is called. */
function refuseAllLimits(rig: Rig): () => void {
  const { swarm } = rig.simulator;
  swarm.setUploadLimit = () => undefined;
  return () => void Reflect.deleteProperty(swarm, 'setUploadLimit');
}

function problemsOf(rig: Rig): string {
  const { problems } = rig.operations.health();
  return problems.filter((problem) => EXCEEDED.test(problem)).join('\n');
}

/** Seconds until it is so; null when it is not within so many. */
async function secondsUntil(time: VirtualTime, most: number, isSo: () => boolean): Promise<number | null> {
  for (let second = 0; second <= most; second += 2) {
    if (isSo()) return second;
    await time.pass(2_000);
  }
  return null;
}

test('it is reported after a minute, with rate, cap, time and advice; a good cycle does not end it, a good minute does', async () => {
  await within({}, async (rig, time) => {
    const accept = refuseAllLimits(rig);
    const raisedAfter = await secondsUntil(time, 120, () => problemsOf(rig) !== '');
    assert.ok(raisedAfter !== null && raisedAfter >= 60 && raisedAfter <= 76, `${raisedAfter} s`);
    const health = rig.operations.health();
    assert.is(health.status, 'degraded');
    assert.match(
      problemsOf(rig),
      /^tracker "alpha" has exceeded its cap since 20\S+Z: (2\.9|3\.0)\d MiB\/s over the last minute, the effective cap is 1\.00 MiB\/s; 3 torrents have a higher limit in qBittorrent than was set; stop any other program/,
    );
    assert.equal(rig.operations.stats().caps_exceeded, ['alpha']);
    const alpha = rig.operations.trackerStats().alpha ?? {};
    assert.ok(Number(alpha.mean_10s_over_cap) > 2.8 && Number(alpha.mean_60s_over_cap) > 2.8);
    assert.is(alpha.over_cap, true);
    assert.match(String(alpha.cap_exceeded_since), /Z$/);
    assert.match(String(alpha.cap_problem), EXCEEDED);
    assert.is(metricsReport(rig.service, '1').trackers[0]?.isCapExceeded, true);
    const raised = rig.run.told.filter(({ name }) => name === 'alarm:raised');
    assert.is(raised.length, 1);
    assert.match(JSON.stringify(raised), /"kind":"cap_not_held","trackerId":"alpha",.*"isFault":true/);

    // One cycle in which nothing uploads.
    for (const hash of rig.hashes) rig.simulator.setDemand(hash, { kind: 'none' });
    await time.pass(2_000);
    for (const hash of rig.hashes) rig.simulator.setDemand(hash, { kind: 'constant', bps: MIB });
    await time.pass(2_000);
    assert.match(problemsOf(rig), EXCEEDED);
    await time.pass(20_000);
    assert.is(rig.count('alarm:cleared'), 0);

    accept();
    const clearedAfter = await secondsUntil(time, 180, () => problemsOf(rig) === '');
    assert.ok(clearedAfter !== null && clearedAfter >= 58 && clearedAfter <= 100, `${clearedAfter} s`);
    assert.is(rig.operations.health().status, 'healthy');
    const cleared = rig.run.told.filter(({ name }) => name === 'alarm:cleared');
    assert.is(cleared.length, 1);
    assert.match(JSON.stringify(cleared), 'its upload has been within the cap for a minute');
    assert.is(metricsReport(rig.service, '1').trackers[0]?.isCapExceeded, false);
  });
});

test('a cap that is held is never reported, nor a start with torrents at full speed, nor a cap that is lowered', async () => {
  await within({}, async (rig, time) => {
    assert.is(await secondsUntil(time, 180, () => problemsOf(rig) !== ''), null);
    rig.configure({}, { [HOST]: MIB / 4 });
    const reloaded = rig.operations.reloadConfig();
    await time.pass(2_000);
    await reloaded;
    assert.is(await secondsUntil(time, 180, () => problemsOf(rig) !== ''), null);
    assert.is(rig.count('alarm:raised'), 0);
    assert.is(rig.operations.health().status, 'healthy');
    const ratio = rig.operations.trackerStats().alpha?.mean_60s_over_cap;
    assert.ok(Number(ratio) > 0.8 && Number(ratio) < 1.05, `${ratio}`);
  });
});

test('torrents outside the rollout are named as the reason, once', async () => {
  await within({ global: { ...swarm.global, rollout_percentage: 1 } }, async (rig, time) => {
    await secondsUntil(time, 120, () => problemsOf(rig) !== '');
    const { problems } = rig.operations.health();
    assert.is(problems.length, 1, problems.join('\n'));
    assert.match(
      problems[0] ?? '',
      /exceeded its cap.*rollout or a rollback leaves out upload [23]\.\d\d MiB\/s; raise rollout_perc/,
    );
  });
});

test('calls that are refused are named as the reason', async () => {
  await within({}, async (rig, time) => {
    rig.simulator.swarm.setUploadLimit = () => {
      throw new Error('no');
    };
    await secondsUntil(time, 120, () => problemsOf(rig) !== '');
    assert.match(problemsOf(rig), /calls that set limits fail: .*500/);
  });
});

test('in a dry run it is expected, and said as such: healthy, with a note, and no alarm for people', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-cap-'));
  const dryRun = { dry_run: true, dry_run_store_path: path.join(folder, 'limits.json') };
  try {
    await within({ global: { ...swarm.global, ...dryRun } }, async (rig, time) => {
      await secondsUntil(time, 120, () => rig.operations.health().notes.length > 0);
      const health = rig.operations.health();
      assert.is(health.status, 'healthy');
      assert.equal(health.problems, []);
      assert.is(health.notes.length, 1);
      assert.match(
        health.notes[0] ?? '',
        /^dry run: tracker "alpha" has exceeded .*; this is expected, as a dry run sets no limit$/,
      );
      const raised = rig.run.told.filter(({ name }) => name === 'alarm:raised');
      assert.match(JSON.stringify(raised), /"isFault":false/);
      rig.configure({ dry_run: false });
      const reloaded = rig.operations.reloadConfig();
      await time.pass(10_000);
      await reloaded;
      assert.equal(rig.operations.health().notes, []);
      await time.pass(120_000);
      assert.is(rig.operations.health().status, 'healthy');
      assert.is(rig.count('alarm:cleared'), 0, 'it was no fault that ended');
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('rolled back, no cap is kept and none is exceeded; enforced again, it counts from the start', async () => {
  await within({}, async (rig, time) => {
    const accept = refuseAllLimits(rig);
    await secondsUntil(time, 120, () => problemsOf(rig) !== '');
    accept();
    void rig.operations.rollback({ by: 'test', reason: 'a try' });
    await time.pass(120_000);
    assert.is(rig.service.lifecycle, 'rolledBack');
    assert.is(problemsOf(rig), '');
    void rig.operations.resume();
    assert.is(await secondsUntil(time, 180, () => problemsOf(rig) !== ''), null);
    assert.is(rig.count('alarm:raised'), 1);
  });
});

test.run();
