import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DryRunLimits } from '../../../src/service/limits/dry-run.ts';
import { MIB, Rig, sleepers } from '../../support/service-rig.ts';
import { hashOf, keyOf } from '../../support/torrents.ts';

const HOST = 'alpha.example';
const test = suite('dry run');
const swarm = {
  caps: { [HOST]: 4 * MIB },
  torrents: [...sleepers(HOST, 3), ...sleepers(HOST, 1, 3_000_000)],
};
const WRITING = ['torrents/setUploadLimit', 'app/setPreferences'];

async function inFolder(body: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dry-run-test-'));
  try {
    await body(path.join(folder, 'dry.json'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function writesOf(rig: Rig): number {
  return WRITING.reduce((sum, endpoint) => sum + (rig.simulator.calls.get(endpoint) ?? 0), 0);
}

test('from start to rollback, reset and reload, not one call writes; what would be set is in the file', () =>
  inFolder(async (file) => {
    const global = { dry_run: true, dry_run_store_path: file };
    await Rig.with({ ...swarm, global }, async (rig) => {
      const wanted = JSON.parse(await readFile(file, 'utf8')) as Record<string, number>;
      assert.equal(Object.keys(wanted).sort(), [...rig.hashes].sort());
      assert.ok(Object.values(wanted).every((limit) => limit >= 1024 && limit < MIB));
      assert.is(rig.operations.stats().dry_run_limits, 4);

      await rig.cycle();
      assert.is(rig.count('limits:would-change'), 1, 'the next cycle plans on from what it would have set');
      rig.operations.webhook({ event: 'add', hash: rig.hashes[0] ?? null, name: null, tracker: null });
      await rig.operations.rollout({ percentage: 50 });
      await rig.cycle();
      assert.is((await rig.operations.resetLimits({ scope: 'all', markRestored: true })).status, 'dry_run');
      rig.configure({}, { [HOST]: MIB });
      await rig.operations.reloadConfig();
      await rig.cycle();
      const answer = await rig.operations.rollback({ by: 'test', reason: 'over' });
      assert.is(answer.status, 'dry_run');
      assert.equal(JSON.parse(await readFile(file, 'utf8')), {});
      await rig.operations.resume();
      await rig.cycle();

      assert.is(writesOf(rig), 0);
      assert.equal(rig.limits, [0, 0, 0, 3_000_000]);
      assert.is(rig.journal.originals.size, 0);
    });
  }));

test('switched on by a reload, it leaves what is set as it is; switched off, all goes on', () =>
  inFolder(async (file) => {
    await Rig.with(swarm, async (rig) => {
      await rig.cycle();
      const { limits } = rig;
      const writes = writesOf(rig);
      rig.configure({ dry_run: true, dry_run_store_path: file }, { [HOST]: MIB });
      await rig.operations.reloadConfig();
      await rig.cycle();
      assert.is(rig.operations.health().dry_run, true);
      assert.is((await rig.operations.rollback({ by: 'test', reason: 'dry' })).status, 'dry_run');
      assert.equal(rig.limits, limits);
      assert.is(writesOf(rig), writes);
      assert.is(rig.journal.originals.size, 4, 'so that a real rollback still can');

      rig.configure({ dry_run: false });
      await rig.operations.reloadConfig();
      await rig.next('rollback:finished');
      assert.equal(rig.limits, [0, 0, 0, 3_000_000], 'the rollback that was asked for is done now');
    });
  }));

test('saves that overlap run one after another, and the last one is what the file says', () =>
  inFolder(async (file) => {
    const limits = new DryRunLimits(file);
    const saves: Promise<void>[] = [];
    for (let n = 1; n <= 20; n += 1) {
      limits.set(keyOf(n), n * 1024);
      saves.push(limits.save());
    }
    saves.push(limits.clear());
    await Promise.all(saves);
    assert.equal(JSON.parse(await readFile(file, 'utf8')), {});
  }));

test('the file is written only when something changed, and again after a failure', () =>
  inFolder(async (file) => {
    const blocked = new DryRunLimits(path.join(file, 'below', 'dry.json'));
    await writeFile(file, 'no folder');
    blocked.set(keyOf(1), 2048);
    assert.instance(await blocked.save().catch((error: unknown) => error), Error);
    await rm(file);
    await blocked.save();
    const content = await readFile(path.join(file, 'below', 'dry.json'), 'utf8');
    assert.equal(JSON.parse(content), { [hashOf(1)]: 2048 });

    await rm(path.join(file, 'below'), { recursive: true });
    blocked.release(keyOf(2));
    await blocked.save();
    assert.instance(await readFile(path.join(file, 'below', 'dry.json')).catch((e: unknown) => e), Error);
  }));

test('torrents that are gone are forgotten, what was given back included', () => {
  const limits = new DryRunLimits('/nowhere/dry.json');
  limits.set(keyOf(1), 2048);
  limits.set(keyOf(2), 2048);
  limits.release(keyOf(3));
  limits.prune((key) => key === keyOf(2));
  assert.is(limits.get(keyOf(1)), undefined);
  assert.is(limits.size, 1);
  assert.not(limits.isReleased(keyOf(3)));
});

test.run();
