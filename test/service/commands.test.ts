import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OperationRefused } from '../../src/service/operations.ts';
import { eventually, MIB, Rig, type RigOptions, sleepers } from '../support/service-rig.ts';

const ALPHA = 'alpha.example';
const BETA = 'beta.example';
const test = suite('config, rollout and reset while running');

const swarm: RigOptions = {
  caps: { [ALPHA]: 4 * MIB },
  torrents: [...sleepers(ALPHA, 12), ...sleepers(ALPHA, 1, 3_000_000)],
};

function limited(rig: Rig): number {
  return rig.limits.filter((limit) => limit > 0 && limit !== 3_000_000).length;
}

test('a new cap is in force from the next cycle on, which the reload asks for', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.shown();
    const before = rig.limits;
    rig.configure({}, { [ALPHA]: MIB });
    const finished = rig.next('cycle:finished');
    const answer = await rig.operations.reloadConfig();
    assert.is(answer.status, 'reloaded');
    await finished;
    rig.limits.forEach((limit, at) => {
      assert.ok(limit > 0 && limit < (before[at] ?? 0), `${limit}`);
    });
  });
});

test('a config with an error changes nothing, and its problems are shown until a good one comes', async () => {
  await Rig.with(swarm, async (rig) => {
    const { config } = rig.service.live;
    rig.configure({ rollout_percentage: 300 }, { [ALPHA]: 2 * MIB });
    const refusal = await rig.operations.reloadConfig().catch((error: unknown) => error);
    assert.instance(refusal, OperationRefused);
    assert.is((refusal as OperationRefused).status, 422);
    assert.is(rig.service.live.config, config);
    assert.ok(rig.operations.health().problems.some((problem) => /rollout_percentage/.test(problem)));
    rig.configure({ rollout_percentage: 100 });
    await rig.operations.reloadConfig();
    assert.equal(rig.operations.health().problems, []);
  });
});

test('a tracker that becomes unlimited, or is gone from the config, gives its torrents back', async () => {
  await Rig.with({ ...swarm, caps: { [ALPHA]: 4 * MIB, [BETA]: MIB } }, async (rig) => {
    await rig.cycle();
    for (const caps of [{ [ALPHA]: -1, [BETA]: MIB }, { [BETA]: MIB }]) {
      rig.configure({}, { [ALPHA]: 4 * MIB });
      await rig.operations.reloadConfig();
      await rig.cycle();
      assert.is(limited(rig), 13);
      rig.configure({}, caps);
      await rig.operations.reloadConfig();
      await rig.cycle();
      await rig.cycle();
      assert.is(limited(rig), 0);
      assert.is(rig.journal.originals.size, 0);
    }
  });
});

test('a lower rollout percentage gives the own limits of those that leave back, and keeps the others', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    await rig.operations.rollout({ percentage: 40 });
    assert.is(rig.service.percentage, 40);
    await rig.cycle();
    await rig.cycle();
    const some = limited(rig);
    assert.ok(some > 0 && some < 13, `${some} of 13`);
    assert.is(rig.journal.originals.size, some);
    assert.ok(rig.limits.every((limit, at) => limit > 0 || at < 12));
    await rig.operations.rollout({ percentage: 100 });
    await rig.cycle();
    assert.is(limited(rig), 13);
    await rig.operations.rollback({ by: 'test', reason: 'over' });
    assert.equal(rig.limits, [...new Array(12).fill(0), 3_000_000]);
  });
});

test('a release that does not show yet is no original when the torrent is limited again at once', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const released = rig.next('limits:written', ({ call }) => call.kind === 'release');
    await rig.operations.rollout({ percentage: 0 });
    await released;
    // A lower cap, so that whatever is taken for the own limits is above what is set now.
    rig.configure({}, { [ALPHA]: MIB });
    await rig.operations.reloadConfig();
    await rig.operations.rollout({ percentage: 100 });
    await rig.operations.forceCycle();
    assert.is(rig.journal.originals.size, 13);
    assert.ok(
      [...rig.journal.originals.values()].every(({ originalWire }) => [0, 3_000_000].includes(originalWire)),
    );
    await rig.operations.rollback({ by: 'test', reason: 'over' });
    assert.equal(rig.limits, [...new Array(12).fill(0), 3_000_000]);
  });
});

test('what the torrents outside rollout upload is taken off the cap', async () => {
  const busy = (n: number, bps: number) => ({
    name: `busy ${n}`,
    trackers: [`https://${ALPHA}/announce`],
    demand: { kind: 'constant' as const, bps },
    hash: n.toString(16).padStart(40, '0'),
  });
  const { rolloutBucket } = await import('../../src/control/rollout.ts');
  const hashes = Array.from({ length: 50 }, (_, n) => n + 1);
  const bucket = (n: number) => rolloutBucket(n.toString(16).padStart(40, '0'));
  const inside = hashes.find((n) => bucket(n) < 50) ?? 0;
  const outside = hashes.find((n) => bucket(n) >= 50) ?? 0;
  const torrents = [busy(inside, 50 * MIB), busy(outside, MIB)];
  await Rig.with(
    { caps: { [ALPHA]: 4 * MIB }, torrents, global: { rollout_percentage: 50 } },
    async (rig) => {
      // What is outside comes in swells: in an ebb more is left for the managed one.
      const seen: number[] = [];
      const outsideMib: number[] = [];
      for (let n = 0; n < 20; n += 1) {
        await rig.cycle();
        const [managed = 0, other] = rig.limits;
        assert.is(other, 0, 'left alone');
        seen.push(managed / MIB);
        outsideMib.push(Number(rig.operations.trackerStats().alpha?.outside_usage_mbps));
      }
      assert.ok(Math.min(...seen.slice(5)) > 0 && Math.min(...seen.slice(5)) < 3.5, `${seen} MiB/s`);
      assert.ok(Math.max(...outsideMib) > 0.7, String(outsideMib));
    },
  );
});

test('a cycle that looks while limits are given back never makes one of ours an original', async () => {
  await Rig.with(swarm, async (rig) => {
    for (const [round, cap] of [2 * MIB, MIB, 3 * MIB, 4 * MIB].entries()) {
      await rig.shown();
      rig.configure({}, { [ALPHA]: cap });
      const reload = () => rig.operations.reloadConfig();
      // So that the cycle, which has other limits to set, looks before the reset begins, and in its middle.
      if (round % 2 === 0) void reload();
      const reset = rig.operations.resetLimits({ scope: 'unrestored', markRestored: false });
      await sleep(100);
      if (round % 2 === 1) void reload();
      assert.is((await reset).status, 'completed');
      await rig.cycle();
      for (const { originalWire } of rig.journal.originals.values())
        assert.ok([0, 3_000_000].includes(originalWire), `${originalWire} in round ${round}`);
    }
    await rig.operations.rollback({ by: 'test', reason: 'over' });
    await rig.shown();
    assert.equal(rig.limits, [...new Array(12).fill(0), 3_000_000]);
  });
});

test('reset with markRestored forgets the torrents that are gone, and only those', async () => {
  await Rig.with(swarm, async (rig) => {
    rig.simulator.removeTorrent(rig.hashes[0] ?? '');
    const kept = await rig.operations.resetLimits({ scope: 'unrestored', markRestored: true });
    assert.is(kept.missing, 1);
    assert.is(rig.journal.originals.size, 1);
    await rig.operations.resetLimits({ scope: 'all', markRestored: true });
    assert.is(rig.journal.originals.size, 0);
    assert.is(rig.service.held.size, 0);
  });
});

test('a reset while qBittorrent is away is refused, in words', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.simulator.stop();
    const refusal = await rig.operations
      .resetLimits({ scope: 'all', markRestored: false })
      .catch((e: unknown) => e);
    assert.instance(refusal, OperationRefused);
    assert.is((refusal as OperationRefused).status, 503);
  });
});

test('the plan of rollout steps runs, holds, advances and ends', async () => {
  const rollout = {
    steps: [
      { percentage: 30, hold: 60 },
      { percentage: 100, hold: 60 },
    ],
  };
  await Rig.with({ ...swarm, rollout, global: { rollout_percentage: 5 } }, async (rig) => {
    await rig.operations.rollout({ action: 'start' });
    assert.is(rig.service.percentage, 30);
    await rig.operations.rollout({ action: 'hold' });
    assert.match(rig.service.lifecycle, /^rollingOut/);
    await rig.operations.rollout({ action: 'advance' });
    assert.is(rig.service.percentage, 100);
    await rig.operations.rollout({ action: 'abort' });
    assert.is(rig.service.percentage, 5);
    await eventually('steady', () => rig.service.lifecycle === 'steady');
    const refusal = await rig.operations.rollout({ action: 'advance' }).catch((error: unknown) => error);
    assert.is((refusal as OperationRefused).status, 409);
  });
});

test('another address is not taken up while torrents are held, and other credentials are', async () => {
  await Rig.with(swarm, async (rig) => {
    const { limits } = rig;
    rig.configureQbittorrent({ port: rig.port === 65_535 ? 1 : rig.port + 1 });
    const refusal = await rig.operations.reloadConfig().catch((error: unknown) => error);
    assert.is((refusal as OperationRefused).code, 'config_invalid');
    const told = rig.operations.health().problems.join();
    assert.match(told, /13 torrents hold limits.*roll back first.*or restart, if it is the same qBittorrent/);
    assert.is(rig.service.link, 'online');
    assert.equal(rig.limits, limits);
    rig.configureQbittorrent({ port: rig.port, timeout: 6 });
    const { epoch } = rig.service.held;
    const finished = rig.next('cycle:finished');
    await rig.operations.reloadConfig();
    assert.is(rig.service.held.epoch, epoch + 1, 'void: what looked by the client before');
    assert.ok((await finished).origins.includes('online'));
  });
});

test('with nothing held, another address is taken up', async () => {
  await Rig.with({ ...swarm, global: { rollout_percentage: 0 } }, async (rig) => {
    rig.configureQbittorrent({ host: 'localhost' });
    assert.is((await rig.operations.reloadConfig()).status, 'reloaded');
  });
});

test("smoothing is forgotten with its tracker's torrents", async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const memory = () => rig.service.effects.planInput(100).memory;
    assert.ok((memory().trackers.get('alpha')?.torrents.size ?? 0) > 0);
    assert.is(rig.operations.resetSmoothing('alpha').cleared_count, 1);
    assert.is(memory().trackers.get('alpha'), undefined);
  });
});

test("qBittorrent's own settings are looked at again with each full picture", async () => {
  await Rig.with(swarm, async (rig) => {
    const looks = () => rig.simulator.calls.get('app/preferences') ?? 0;
    const before = looks();
    await rig.cycle();
    assert.is(looks(), before);
    const finished = rig.next('cycle:finished');
    rig.service.requestCycle('reconcile', true);
    await finished;
    assert.is(looks(), before + 1);
  });
});

test.run();
