import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MIB, Rig, type RigOptions, sleepers } from '../support/service-rig.ts';

const ALPHA = 'alpha.example';
const test = suite('a rollback with nothing managed');

const request = { by: 'test', reason: 'why' };
/** None of the torrents has a cap above it. */
const uncapped: RigOptions = { caps: { [ALPHA]: -1 }, torrents: sleepers(ALPHA, 2) };

const isLimited = (rig: Rig) => rig.limits.map((limit) => limit > 0);

test('does nothing, says so, and enforcement goes on, over a restart too', async () => {
  await Rig.with(uncapped, async (rig) => {
    const answer = await rig.operations.rollback(request);
    assert.is(answer.status, 'completed');
    assert.is(answer.changes_reversed, 0);
    assert.match(String(answer.message), /Nothing was managed.*Enforcement goes on/);
    assert.is(rig.count('rollback:started'), 0);
    assert.is(rig.service.lifecycle, 'steady');
    assert.is(rig.journal.openRollback, null);
    rig.configure({}, { [ALPHA]: 4 * MIB });
    await rig.restart();
    await rig.next('cycle:finished');
    assert.is(rig.service.lifecycle, 'steady');
    assert.equal(isLimited(rig), [true, true]);
  });
});

test('does nothing while qBittorrent is away either', async () => {
  await Rig.with({ ...uncapped, stopped: true }, async (rig) => {
    await rig.simulator.stop();
    await rig.startService();
    const { status, message } = await rig.operations.rollback(request);
    assert.is(status, 'completed');
    assert.match(String(message), /Nothing was managed/);
    assert.is(rig.journal.openRollback, null);
  });
});

test('is a rollback like any other once one torrent is managed', async () => {
  const oneCapped = { ...uncapped, caps: { [ALPHA]: 4 * MIB }, torrents: sleepers(ALPHA, 1) };
  await Rig.with(oneCapped, async (rig) => {
    assert.equal(isLimited(rig), [true]);
    const answer = await rig.operations.rollback(request);
    assert.is(answer.changes_reversed, 1);
    assert.is(answer.message, undefined);
    assert.is(rig.service.lifecycle, 'rolledBack');
    const again = await rig.operations.rollback(request);
    assert.is(again.changes_reversed, 0);
    assert.is(again.message, undefined, 'it is asked for again, and holds on');
    assert.is(rig.service.lifecycle, 'rolledBack');
  });
});

test('is a rollback like any other for limits of a dry run, and for a part released before', async () => {
  const dry = { ...uncapped, caps: { [ALPHA]: 4 * MIB }, global: { dry_run: true } };
  await Rig.with(dry, async (rig) => {
    assert.is((await rig.operations.rollback(request)).status, 'dry_run');
    assert.is(rig.service.lifecycle, 'rolledBack');
  });
  await Rig.with(uncapped, async (rig) => {
    await rig.operations.rollback({ ...request, scope: { kind: 'tracker', trackerId: 'alpha' } });
    const answer = await rig.operations.rollback(request);
    assert.is(answer.message, undefined);
    assert.is(rig.service.lifecycle, 'rolledBack');
  });
});

test.run();
