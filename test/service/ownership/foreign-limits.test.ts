/** Limits in the client that are not those of this journal: other programs, the user, lost journals, client restarts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasMark } from '../../../src/control/limit-mark.ts';
import { MemoryJournal } from '../../../src/journal/memory-journal.ts';
import type { TorrentSpec } from '../../../src/simulator/torrent.ts';
import { JumpClock } from '../../support/jump-clock.ts';
import { eventually, MIB, Rig, type RigOptions, sleepers } from '../../support/service-rig.ts';

const HOST = 'alpha.example';
const test = suite('limits of others in the client');

const swarm: RigOptions = {
  caps: { [HOST]: 4 * MIB },
  torrents: [...sleepers(HOST, 6), ...sleepers(HOST, 2, 3_000_000)],
};
const OWN = [0, 0, 0, 0, 0, 0, 3_000_000, 3_000_000];

const contestOf = (rig: Rig) => rig.service.actor.getSnapshot().context.contest;
const foreignWrites = (rig: Rig) => Number(rig.operations.stats().foreign_writes);

async function rollBack(rig: Rig, originals: 'current' | 'first' = 'current'): Promise<void> {
  const answer = await rig.operations.rollback({ by: 'test', reason: 'over', originals });
  assert.is(answer.status, 'completed', JSON.stringify(answer));
}

function setAll(rig: Rig, wire: number): void {
  rig.simulator.swarm.setUploadLimit(rig.hashes, wire, Date.now());
}

/** As a client that was killed comes back: with the limits that it had saved. */
async function restartClient(rig: Rig, saved: readonly number[]): Promise<void> {
  await rig.simulator.stop();
  rig.service.requestCycle('timer');
  await eventually('offline', () => rig.service.link.startsWith('offline'));
  for (const [index, wire] of saved.entries()) rig.setByHand(index, wire);
  await rig.simulator.start();
  rig.service.actor.send({ type: 'RECONNECT' });
  await eventually('online', () => rig.service.link === 'online');
  await rig.shown();
  rig.service.requestCycle('timer');
}

test('a single bulk change is the new original, and is counted; the first originals can be restored by choice', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    setAll(rig, 500 * 1024);
    await rig.cycle();
    await rig.cycle();
    assert.is(contestOf(rig), null);
    assert.is(foreignWrites(rig), 8);
    const originals = [...rig.journal.originals.values()];
    assert.equal(new Set(originals.map(({ originalWire }) => originalWire)), new Set([500 * 1024]));
    await rollBack(rig);
    assert.equal(new Set(rig.limits), new Set([500 * 1024]));
    await rig.operations.resume();
    await rig.next('cycle:finished');
  });
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    setAll(rig, 500 * 1024);
    await rig.cycle();
    await rollBack(rig, 'first');
    assert.equal(rig.limits, OWN);
  });
});

test('a program that rewrites every limit again and again contests the client, and the first originals stay', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    for (let round = 0; round < 3 && contestOf(rig) === null; round += 1) {
      setAll(rig, 5 * MIB);
      await sleep(500);
      rig.service.requestCycle('timer');
      await eventually('the cycle is over', () => rig.service.cycle === 'idle');
      // Written again, so that the next change is a rewrite.
      if (contestOf(rig) === null) await rig.cycle();
    }
    assert.is(contestOf(rig)?.kind, 'rewriter', String(foreignWrites(rig)));
    const { status, problems } = rig.operations.health();
    assert.is(status, 'degraded');
    assert.match(problems.join(), /upload limits of 8 torrents were changed 24 times within a minute/);
    const { writes } = rig;
    setAll(rig, 5 * MIB);
    for (let n = 0; n < 3; n += 1) {
      await rig.shown();
      rig.service.requestCycle('timer');
      await eventually('the cycle is over', () => rig.service.cycle === 'idle');
    }
    assert.is(rig.writes, writes, 'a contested client is not written to');
    const originals = [...rig.journal.originals.values()].map(({ originalWire }) => originalWire);
    assert.equal(originals, OWN);
    // It is remembered over a restart, until the user decides.
    await rig.restart();
    await eventually('contested', () => contestOf(rig)?.kind === 'rewriter');
    assert.is((await rig.operations.takeOwnership()).status, 'taken');
    await rig.cycle();
    assert.ok(rig.limits.every(hasMark), String(rig.limits));
    await rollBack(rig);
    assert.equal(rig.limits, OWN);
  });
});

test('a user who sets the value of an older limit without the mark is heard', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    await rig.cycle();
    rig.setByHand(0, 131_072);
    await rig.cycle();
    assert.is(rig.count('limit:changed-by-user'), 1);
    await rollBack(rig);
    assert.is(rig.limits[0], 131_072);
  });
});

test('a limit that someone sets back to the original is counted, set again, and stays the original', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    await rig.cycle();
    rig.setByHand(0, 0);
    await rig.cycle();
    await rig.cycle();
    assert.is(foreignWrites(rig), 1);
    assert.ok(hasMark(rig.limits[0] ?? 0));
    await rollBack(rig);
    assert.equal(rig.limits, OWN);
  });
});

for (const [as, expected] of [
  ['as-is', (left: readonly number[]) => left],
  ['unlimited', (left: readonly number[]) => left.map(() => 0)],
] as const) {
  test(`with its journal lost it does not enforce; adopted ${as}, it does, and a rollback gives what was declared`, async () => {
    await Rig.with(swarm, async (lost) => {
      await lost.cycle();
      await lost.service.stop();
      const left = lost.limits;
      await Rig.with({ ...swarm, stopped: true, sharedWith: lost }, async (rig) => {
        await rig.startService();
        await eventually('contested', () => contestOf(rig)?.kind === 'unknown-limits');
        assert.match(
          rig.operations.health().problems.join(),
          /8 torrents have upload limits that look like limits of Qguardarr/,
        );
        assert.equal(rig.limits, left);
        assert.is((await rig.operations.adoptOriginals(as)).count, 8);
        await eventually('in charge', () => rig.service.link === 'online');
        await rig.cycle();
        assert.is(rig.operations.health().status, 'healthy');
        rig.configure({}, { [HOST]: 2 * MIB });
        await rig.operations.reloadConfig();
        await rig.cycle();
        await rig.cycle();
        await rollBack(rig);
        assert.equal(rig.limits, expected(left));
        // Declared once, it is not asked again.
        await rig.restart();
        await rig.next('cycle:finished', () => true).catch(() => undefined);
        assert.is(contestOf(rig), null);
      });
    });
  });
}

test('beside an older journal, the torrents that it does not know are left alone and reported', async () => {
  await Rig.with(swarm, async (lost) => {
    await lost.cycle();
    await lost.service.stop();
    const left = lost.limits;
    const older = new MemoryJournal();
    // A backup from before the last three torrents were managed.
    const known = new Set(lost.hashes.slice(0, 5).map((hash) => `default:${hash}`));
    await older.adoptOriginals([...lost.journal.originals.values()].filter(({ key }) => known.has(key)));
    await Rig.with({ ...swarm, sharedWith: lost, journal: older }, async (rig) => {
      assert.is(contestOf(rig), null);
      await rig.cycle();
      assert.equal(rig.limits.slice(5), left.slice(5));
      assert.match(
        rig.operations.health().problems.join(),
        /left alone: 3 torrents have upload limits that look/,
      );
      await rollBack(rig);
      assert.equal(rig.limits, [...OWN.slice(0, 5), ...left.slice(5)]);
    });
  });
});

test('at a first start, many torrents with one odd limit without the mark are not taken for the user’s', async () => {
  const odd = { ...swarm, torrents: sleepers(HOST, 6, 174_763) };
  await Rig.with({ ...odd, stopped: true }, async (rig) => {
    await rig.startService();
    await eventually('contested', () => contestOf(rig)?.kind === 'unknown-limits');
    assert.is((await rig.operations.adoptOriginals('as-is')).count, 6);
    await eventually('in charge', () => rig.service.link === 'online');
  });
});

test('at a first start, round limits are the user’s, however many torrents share one', async () => {
  for (const wire of [512 * 1024, 500_000]) {
    await Rig.with({ ...swarm, torrents: sleepers(HOST, 12, wire) }, async (rig) => {
      assert.is(contestOf(rig), null);
    });
  }
});

test('limits that a killed client brings back after a rollback are restored again', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const ours = rig.limits;
    await rollBack(rig);
    assert.equal(rig.limits, OWN);
    await restartClient(rig, ours);
    await eventually('restored again', () => rig.limits.join() === OWN.join());
    await eventually('rolled back', () => rig.service.lifecycle === 'rolledBack');
  });
});

test('limits that a killed client brings back on released torrents are restored again, also by a later run', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const ours = rig.limits;
    rig.service.actor.send({ type: 'SET_PERCENTAGE', percentage: 0 });
    for (let n = 0; n < 4; n += 1) await rig.cycle();
    assert.equal(rig.limits, OWN);
    await rig.service.stop();
    for (const [index, wire] of ours.entries()) rig.setByHand(index, wire);
    await rig.shown();
    await rig.startService();
    rig.service.actor.send({ type: 'SET_PERCENTAGE', percentage: 0 });
    await eventually('restored again', () => rig.limits.join() === OWN.join());
    assert.is(rig.count('limit:changed-by-user'), 0);
  });
});

test('a torrent that gets another id with its metadata keeps its original limit', async () => {
  await Rig.with(swarm, async (rig) => {
    const { simulator } = rig;
    const spec = { ...sleepers(HOST, 1, 2_000_000)[0], name: 'hybrid', hash: 'b'.repeat(40) } as TorrentSpec;
    simulator.addTorrent({ ...spec, format: 'hybrid' });
    const v1 = simulator.swarm.torrents.get(spec.hash ?? '')?.hashV1 ?? '';
    simulator.removeTorrent(spec.hash ?? '');
    simulator.addTorrent({ ...spec, hash: v1 });
    await rig.cycle();
    const limit = simulator.swarm.torrents.get(v1)?.limit.wire ?? 0;
    assert.ok(hasMark(limit), String(limit));
    simulator.removeTorrent(v1);
    simulator.addTorrent({ ...spec, format: 'hybrid', uploadLimitWire: limit });
    await rig.cycle();
    assert.is(rig.operations.stats().unknown_limits, 0);
    await rollBack(rig);
    assert.equal(rig.limits, [...OWN, 2_000_000]);
  });
});

test('restored torrents are forgotten once the client has stayed up long enough to have saved them', async () => {
  const clock = new JumpClock();
  await Rig.with({ ...swarm, clock }, async (rig) => {
    await rig.cycle();
    await rollBack(rig);
    assert.is(rig.journal.restored.size, 8);
    rig.service.requestCycle('timer');
    await rig.shown();
    await eventually('idle', () => rig.service.cycle === 'idle');
    clock.jump(4 * 60_000);
    await restartClient(rig, OWN);
    await rig.shown();
    clock.jump(4 * 60_000);
    rig.service.requestCycle('timer');
    await rig.shown();
    assert.is(rig.journal.restored.size, 8, 'the client has restarted since');
    clock.jump(2 * 60_000);
    rig.service.requestCycle('timer');
    await eventually('forgotten', () => rig.journal.restored.size === 0);
  });
});

test('a limit that the user sets during a rollback is kept', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const [hash = ''] = rig.hashes;
    const allow = rig.refuseLimitsOf(rig.hashes[1] ?? '');
    const finished = rig.operations.rollback({ by: 'test', reason: 'over' });
    // The first attempt has restored this one, and waits for the other.
    await eventually('restored', () => rig.limits[0] === 0);
    rig.simulator.swarm.setUploadLimit([hash], 222_000, Date.now());
    await rig.shown();
    allow();
    await finished;
    await eventually('rolled back', () => rig.service.lifecycle === 'rolledBack');
    assert.equal(rig.limits, [222_000, ...OWN.slice(1)]);
  });
});

test('a plan that was made in a dry run is not applied when the dry run is switched off meanwhile', async () => {
  await Rig.with({ ...swarm, global: { dry_run: true } }, async (rig) => {
    await rig.cycle();
    const unsubscribe = rig.run.bus.on('state:changed', ({ machine, to }) => {
      if (machine !== 'cycle' || to !== 'applying') return;
      unsubscribe();
      rig.configure({ dry_run: false });
      void rig.operations.reloadConfig();
    });
    rig.service.requestCycle('timer');
    await rig.next('config:reloaded');
    await eventually('limits are written', () => rig.limits.every((wire) => wire > 0));
    const originals = [...rig.journal.originals.values()].map(({ originalWire }) => originalWire);
    assert.equal(originals, OWN);
    await rollBack(rig);
    assert.equal(rig.limits, OWN);
  });
});

test.run();
