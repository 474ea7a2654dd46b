/** Changes of limits by the user and by other programs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasMark } from '../../../src/control/limit-mark.ts';
import { JumpClock } from '../../support/jump-clock.ts';
import { eventually, MIB, Rig } from '../../support/service-rig.ts';
import { contestOf, foreignWrites, OWN, rollBack, setAll, swarm } from './one-rig.ts';

const test = suite('foreign writes');

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

test('the first originals stay where the wall clock is set forward while a program rewrites limits', async () => {
  const clock = new JumpClock();
  await Rig.with({ ...swarm, clock }, async (rig) => {
    await rig.cycle();
    for (let round = 0; round < 3 && contestOf(rig) === null; round += 1) {
      setAll(rig, 5 * MIB);
      await rig.shown();
      await rig.shown();
      rig.service.requestCycle('timer');
      await eventually('the cycle is over', () => rig.service.cycle === 'idle');
      clock.jumpWall(3_600_000);
      if (contestOf(rig) === null) await rig.cycle();
    }
    assert.is(contestOf(rig)?.kind, 'rewriter', String(foreignWrites(rig)));
    const originals = [...rig.journal.originals.values()].map(({ originalWire }) => originalWire);
    assert.equal(originals, OWN);
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
