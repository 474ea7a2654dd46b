import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { JournalError } from '../../src/journal/errors.ts';
import { eventually, MIB, Rig, type RigOptions, sleepers } from '../support/service-rig.ts';

const HOST = 'alpha.example';
const OWN = [0, 0, 500, 3_000_000];
const test = suite('rollback');

const swarm: RigOptions = {
  caps: { [HOST]: 4 * MIB },
  torrents: [...sleepers(HOST, 2), ...sleepers(HOST, 1, 500), ...sleepers(HOST, 1, 3_000_000)],
};
const REQUEST = { by: 'test', reason: 'as asked' };

function isLimited(rig: Rig): boolean {
  return rig.limits.every((limit) => limit > 0 && limit < MIB);
}

test('every original comes back exactly, one call for each that differs, and the journal is empty', async () => {
  await Rig.with(swarm, async (rig) => {
    assert.ok(isLimited(rig), String(rig.limits));
    const before = rig.writes;
    const answer = await rig.operations.rollback(REQUEST);
    assert.equal(rig.limits, OWN);
    assert.is(answer.status, 'completed');
    assert.is(answer.changes_reversed, 3, 'the one with an own limit below its share was never touched');
    assert.is(answer.reason, 'as asked');
    assert.is(rig.writes - before, 2);
    assert.is(rig.journal.originals.size, 0);
    assert.is(rig.service.lifecycle, 'rolledBack');
  });
});

test('a rollback right after a write that does not show yet takes it back all the same', async () => {
  await Rig.with(swarm, async (rig) => {
    // The first cycle has only just ended: the sync data still shows the originals.
    await rig.operations.rollback(REQUEST);
    await rig.shown();
    assert.equal(rig.limits, OWN);
  });
});

test('while starting, a rollback is remembered and done as soon as qBittorrent answers', async () => {
  await Rig.with(swarm, async (rig) => {
    assert.ok(isLimited(rig), String(rig.limits));
    rig.run.die();
    await rig.startService();
    assert.is(rig.service.lifecycle, 'starting');
    const answer = await rig.operations.rollback(REQUEST);
    assert.is(answer.status, 'pending');
    await rig.next('rollback:finished');
    await eventually('rolled back', () => rig.service.lifecycle === 'rolledBack');
    assert.equal(rig.limits, OWN);
    assert.is(rig.count('limits:written'), 0, 'nothing was limited before');
  });
});

test('while qBittorrent is away, a rollback is remembered, and done once it is back', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.simulator.stop();
    rig.service.requestCycle('timer');
    await rig.next('state:changed', ({ machine, to }) => machine === 'link' && to.startsWith('offline'));
    const answer = await rig.operations.rollback(REQUEST);
    assert.is(answer.status, 'pending');
    assert.is.not(rig.journal.openRollback, null, 'on disk, so that a crash does not forget it');
    const finished = rig.next('rollback:finished');
    await rig.simulator.start();
    await finished;
    assert.equal(rig.limits, OWN);
  });
});

test('a rollback during a cycle ends it before its next write', async () => {
  await Rig.with({ ...swarm, stopped: true }, async (rig) => {
    const { journal } = await rig.startService();
    const rolledBack = new Promise<unknown>((resolve) => {
      journal.onIntent = () => {
        journal.onIntent = () => {};
        resolve(rig.operations.rollback(REQUEST));
      };
    });
    await rolledBack;
    assert.is(rig.count('limits:written'), 0);
    assert.is(rig.count('cycle:finished'), 0);
    assert.equal(rig.limits, OWN);
    assert.is(rig.journal.originals.size, 0);
  });
});

test('rolled back stays so over a restart: nothing is enforced until resume', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.operations.rollback(REQUEST);
    await rig.restart();
    await rig.next('state:changed', ({ machine, to }) => machine === 'cycle' && to === 'idle');
    assert.is(rig.service.lifecycle, 'rolledBack');
    await eventually('the first picture', () => rig.service.picture.table.size > 0);
    assert.equal(rig.limits, OWN);
    assert.is(rig.operations.health().enforcing, false);
    assert.is((await rig.operations.resume()).status, 'resumed');
    await rig.next('cycle:finished');
    assert.ok(isLimited(rig));
    await rig.restart();
    await rig.next('cycle:finished');
    assert.is(rig.service.lifecycle, 'steady', 'resumed stays so, too');
  });
});

test('an unfinished rollback goes on after a restart', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.journal.beginRollback('a former run', 'it crashed', Date.now());
    await rig.restart();
    const finished = await rig.next('rollback:finished');
    assert.is(finished.by, 'a former run');
    assert.equal(rig.limits, OWN);
    assert.is.not(rig.journal.openRollback?.finishedAt, null);
  });
});

test('torrents that are missing get their own limit when they come back', async () => {
  await Rig.with(swarm, async (rig) => {
    const [hash = ''] = rig.hashes;
    const ours = rig.limits[0] ?? 0;
    rig.simulator.removeTorrent(hash);
    const answer = await rig.operations.rollback(REQUEST);
    assert.is(answer.missing, 1);
    assert.is(answer.changes_reversed, 2);
    assert.equal(
      [...rig.journal.originals.values()].map(({ originalWire }) => originalWire),
      [0],
    );
    rig.simulator.addTorrent({
      name: 'back',
      hash,
      trackers: [`https://${HOST}/a`],
      demand: { kind: 'none' },
      uploadLimitWire: ours,
    });
    const finished = rig.next('rollback:finished');
    rig.service.requestCycle('timer');
    await finished;
    assert.equal(rig.limits, [...OWN.slice(1), 0]);
    assert.is(rig.journal.originals.size, 0);
  });
});

test("the user's later hand is kept by a rollback, even when it comes just before", async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    rig.setByHand(0, 77_777);
    await rig.shown();
    await rig.operations.rollback(REQUEST);
    assert.equal(rig.limits, [77_777, ...OWN.slice(1)]);
  });
});

test('while rolled back or offline no cycle can be forced, and the answer says what to do', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.operations.rollback(REQUEST);
    const refusal = await rig.operations.forceCycle().catch((error: unknown) => error);
    assert.is((refusal as { status?: number }).status, 409);
    assert.match(String(refusal), /resume/);
    await rig.operations.resume();
    await rig.next('cycle:finished');
    await rig.simulator.stop();
    rig.service.requestCycle('timer');
    await rig.next('state:changed', ({ machine, to }) => machine === 'link' && to.startsWith('offline'));
    const offline = await rig.operations.forceCycle().catch((error: unknown) => error);
    assert.is((offline as { status?: number }).status, 503);
  });
});

test('in a dry run the limits set before stay, which is reported, and come back when it is switched off', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'rollback-test-'));
  const global = { dry_run_store_path: path.join(folder, 'limits.json') };
  try {
    await Rig.with({ ...swarm, global }, async (rig) => {
      const { limits } = rig;
      rig.configure({ dry_run: true });
      await rig.operations.reloadConfig();
      const answer = await rig.operations.rollback(REQUEST);
      assert.is(answer.status, 'dry_run');
      assert.is(answer.left_in_force, 3);
      assert.equal(rig.limits, limits);
      assert.is(rig.journal.openRollback?.finishedAt, null);
      assert.ok(rig.operations.health().problems.some((text) => /dry run: 3 torrents keep/.test(text)));
      const finished = rig.next('rollback:finished');
      rig.configure({ dry_run: false });
      await rig.operations.reloadConfig();
      assert.is((await finished).restored, 3);
      assert.equal(rig.limits, OWN);
      assert.is.not(rig.journal.openRollback?.finishedAt, null);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a rollback that the journal did not take is put on disk as soon as it can be', async () => {
  await Rig.with(swarm, async (rig) => {
    const { journal } = rig.run;
    journal.failWith = new JournalError('full', 'x', 'no space left');
    const answer = await rig.operations.rollback(REQUEST);
    assert.is(answer.remembered, false);
    assert.equal(rig.limits, OWN);
    assert.is(rig.journal.openRollback, null);
    journal.failWith = null;
    rig.run.bus.emit('timer:control', { at: Date.now() });
    await eventually('on disk', () => (rig.journal.openRollback?.finishedAt ?? null) !== null);
    // What the journal still held was given back once more, by another one.
    const { items } = await rig.journal.page('rollback', 0, 10);
    assert.ok(items.some((item) => 'reason' in item && item.reason === 'as asked'));
    await rig.restart();
    assert.is(rig.service.lifecycle, 'rolledBack');
    await rig.operations.resume();
    await rig.restart();
    await rig.next('cycle:finished');
    assert.is(rig.service.lifecycle, 'steady');
  });
});

test('from the middle of a rollout it gives all back, and the plan is over', async () => {
  const rollout = { steps: [{ percentage: 100, hold: 60 }] };
  await Rig.with({ ...swarm, rollout }, async (rig) => {
    await rig.operations.rollout({ action: 'start' });
    assert.match(rig.service.lifecycle, /^rollingOut/);
    await rig.operations.rollback(REQUEST);
    assert.equal(rig.limits, OWN);
    await rig.operations.resume();
    assert.is(rig.service.lifecycle, 'steady');
  });
});

test('resuming is refused when a rollback gets in before it', async () => {
  await Rig.with(swarm, async (rig) => {
    assert.is((await rig.operations.rollback(REQUEST)).remembered, true);
    const resumed = rig.operations.resume().catch((error: unknown) => error);
    const again = rig.operations.rollback(REQUEST);
    assert.is(((await resumed) as { status?: unknown }).status, 409);
    await again;
    assert.is(rig.service.lifecycle, 'rolledBack');
  });
});

test.run();
