import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { JournalError } from '../../src/journal/errors.ts';
import { OperationRefused } from '../../src/service/operations.ts';
import { eventually, MIB, Rig, type RigOptions, sleepers } from '../support/service-rig.ts';

const ALPHA = 'alpha.example';
const BETA = 'beta.example';
const OWN = [0, 3_000_000, 0, 2_000_000];
const test = suite('rollback of a part');

/** Two torrents of alpha, then two of beta; the second of each has a limit of its own. */
const swarm: RigOptions = {
  caps: { [ALPHA]: 4 * MIB, [BETA]: 2 * MIB },
  torrents: [
    ...sleepers(ALPHA, 1),
    ...sleepers(ALPHA, 1, 3_000_000),
    ...sleepers(BETA, 1),
    ...sleepers(BETA, 1, 2_000_000),
  ],
};
const alpha = { by: 'test', reason: 'why', scope: { kind: 'tracker', trackerId: 'alpha' } } as const;
const beta = { ...alpha, scope: { kind: 'tracker', trackerId: 'beta' } } as const;

function torrents(...infoHashes: string[]) {
  return { by: 'test', reason: 'why', scope: { kind: 'torrents', infoHashes } } as const;
}

/** Which of the torrents hold a limit that isn't their own. */
function limited(rig: Rig): boolean[] {
  return rig.limits.map((limit, at) => limit !== OWN[at]);
}

function parts(rig: Rig) {
  return rig.service.rollbacks.remembered.ofParts;
}

async function goOffline(rig: Rig): Promise<void> {
  await rig.simulator.stop();
  rig.service.requestCycle('timer');
  await rig.next('state:changed', ({ machine, to }) => machine === 'link' && to.startsWith('offline'));
}

test("one tracker's torrents get their own limits back, the others stay limited, over a restart too, until resume", async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const before = rig.limits;
    assert.equal(limited(rig), [true, true, true, true], String(before));
    const answer = await rig.operations.rollback(alpha);
    assert.is(answer.status, 'completed');
    assert.is(answer.changes_reversed, 2);
    assert.is(answer.scope, 'tracker "alpha"');
    assert.equal(limited(rig), [false, false, true, true]);
    for (const restarted of [false, true]) {
      if (restarted) await rig.restart();
      if (restarted) await rig.next('cycle:finished');
      await rig.cycle();
      assert.is(rig.service.lifecycle, 'steady');
      assert.equal(limited(rig), [false, false, true, true]);
      assert.is(rig.journal.originals.size, 2);
      assert.ok(
        rig.operations.health().problems.some((text) => /until POST \/resume: tracker "alpha"/.test(text)),
      );
    }
    assert.is((await rig.operations.resume()).status, 'resumed');
    await rig.next('cycle:finished');
    await rig.cycle();
    assert.equal(limited(rig), [true, true, true, true]);
    await rig.restart();
    await rig.next('cycle:finished');
    assert.equal(parts(rig), []);
    await rig.operations.rollback({ by: 'test', reason: 'over' });
    assert.equal(rig.limits, OWN);
  });
});

test('torrents that are named get theirs back; unknown ones are reported', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const [first = '', , third = ''] = rig.hashes;
    const stranger = 'f'.repeat(40);
    const answer = await rig.operations.rollback(torrents(first, third, stranger));
    assert.is(answer.status, 'completed');
    assert.is(answer.changes_reversed, 2);
    assert.equal(answer.unknown, [stranger]);
    await rig.cycle();
    assert.equal(limited(rig), [false, true, false, true]);
  });
});

test('done twice it changes nothing more', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    await rig.operations.rollback(alpha);
    const { writes } = rig;
    const again = await rig.operations.rollback(alpha);
    assert.is(again.status, 'completed');
    assert.is(again.changes_reversed, 0);
    assert.is(parts(rig).length, 1);
    assert.is(rig.writes, writes);
  });
});

test('a new torrent of that tracker is left alone too', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.operations.rollback(alpha);
    for (const spec of sleepers(ALPHA, 1)) rig.simulator.addTorrent({ ...spec, name: 'new' });
    await rig.cycle();
    await rig.cycle();
    assert.is(rig.limits.at(-1), 0);
  });
});

test('while qBittorrent is away it is remembered, and cycles do it once it is back, also after a restart', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    await goOffline(rig);
    const answer = await rig.operations.rollback(alpha);
    assert.is(answer.status, 'pending');
    assert.match(
      String(answer.message),
      /^2 torrents get their original limits back as soon as qBittorrent answers/,
    );
    assert.is(rig.journal.openPartRollbacks[0]?.finishedAt, null);
    await rig.restart();
    await rig.simulator.start();
    rig.service.reconfigure(rig.service.live.config);
    const finished = rig.next('rollback:finished');
    await eventually('online', () => rig.service.link === 'online');
    await rig.cycle();
    await rig.cycle();
    assert.is((await finished).restored, 2);
    assert.equal(limited(rig), [false, false, true, true]);
    assert.is(rig.journal.openPartRollbacks[0]?.restored, 2);
    assert.is(rig.journal.originals.size, 2);
  });
});

test('while starting it is remembered too', async () => {
  await Rig.with({ ...swarm, stopped: true }, async (rig) => {
    await rig.startService();
    assert.is(rig.service.lifecycle, 'starting');
    const asked = rig.operations.rollback(alpha);
    await rig.next('cycle:finished');
    await asked;
    await rig.cycle();
    assert.equal(limited(rig), [false, false, true, true]);
  });
});

test('a rollout goes on beside it', async () => {
  const rollout = { steps: [{ percentage: 100, hold: 60 }] };
  await Rig.with({ ...swarm, rollout }, async (rig) => {
    await rig.operations.rollout({ action: 'start' });
    await rig.operations.rollback(beta);
    await rig.cycle();
    assert.match(rig.service.lifecycle, /^rollingOut/);
    assert.equal(limited(rig), [true, true, false, false]);
  });
});

test('while all are rolled back, and while they are rolling back, it adds nothing, and one resumption ends both', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const all = rig.operations.rollback({ by: 'test', reason: 'all' });
    const meanwhile = await rig.operations.rollback(alpha);
    assert.is((await all).status, 'completed');
    assert.is(meanwhile.status, 'completed');
    assert.is((await rig.operations.rollback(beta)).changes_reversed, 0);
    assert.is(rig.service.lifecycle, 'rolledBack');
    await rig.operations.resume();
    await rig.next('cycle:finished');
    await rig.cycle();
    assert.equal(limited(rig), [true, true, true, true]);
    assert.equal(rig.journal.openPartRollbacks, []);
  });
});

test('a torrent that does not take its limit is named, and given it by a cycle when it does', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const [first = ''] = rig.hashes;
    const release = rig.refuseLimitsOf(first);
    const answer = await rig.operations.rollback(alpha);
    assert.is(answer.status, 'partial');
    assert.is(answer.changes_reversed, 1);
    assert.equal(answer.unrestored_torrents, [first]);
    assert.equal(limited(rig), [true, false, true, true]);
    release();
    const finished = rig.next('rollback:finished');
    await rig.cycle();
    await rig.cycle();
    assert.is((await finished).restored, 2);
    assert.equal(limited(rig), [false, false, true, true]);
  });
});

test('a torrent that was missing gets its own limit when it comes back', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const [first = ''] = rig.hashes;
    const ours = rig.limits[0] ?? 0;
    rig.simulator.removeTorrent(first);
    const answer = await rig.operations.rollback(alpha);
    assert.is(answer.missing, 1);
    const [spec] = sleepers(ALPHA, 1);
    if (spec !== undefined) rig.simulator.addTorrent({ ...spec, hash: first, uploadLimitWire: ours });
    await rig.cycle();
    await rig.cycle();
    assert.is(rig.limits.at(-1), 0);
    assert.is(rig.journal.originals.size, 2);
  });
});

test('a full disk does not prevent it, and it is on disk as soon as it can be', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const { journal } = rig.run;
    journal.failWith = new JournalError('full', 'x', 'no space left');
    const answer = await rig.operations.rollback(alpha);
    assert.is(answer.remembered, false);
    assert.equal(limited(rig), [false, false, true, true]);
    assert.equal(rig.journal.openPartRollbacks, []);
    journal.failWith = null;
    rig.run.bus.emit('timer:control', { at: Date.now() });
    await eventually('on disk', () => (rig.journal.openPartRollbacks[0]?.finishedAt ?? null) !== null);
  });
});

test('in a dry run nothing is written, and it is done when that is switched off', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'part-rollback-test-'));
  const global = { dry_run_store_path: path.join(folder, 'limits.json') };
  try {
    await Rig.with({ ...swarm, global }, async (rig) => {
      await rig.cycle();
      const { limits } = rig;
      rig.configure({ dry_run: true });
      await rig.operations.reloadConfig();
      const answer = await rig.operations.rollback(alpha);
      assert.is(answer.status, 'dry_run');
      assert.is(answer.left_in_force, 2);
      assert.equal(rig.limits, limits);
      rig.configure({ dry_run: false });
      await rig.operations.reloadConfig();
      await rig.cycle();
      await rig.cycle();
      assert.equal(limited(rig), [false, false, true, true]);
      assert.is.not(rig.journal.openPartRollbacks[0]?.finishedAt, null);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a tracker that there is not is refused', async () => {
  await Rig.with(swarm, async (rig) => {
    const request = { ...alpha, scope: { kind: 'tracker', trackerId: 'gamma' } } as const;
    const refusal = await rig.operations.rollback(request).catch((error: unknown) => error);
    assert.instance(refusal, OperationRefused);
    assert.is((refusal as OperationRefused).code, 'unknown_tracker');
    assert.equal(parts(rig), []);
  });
});

test.run();
