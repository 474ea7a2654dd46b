/** Rollbacks to the limits seen before Qguardarr's first write. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { JournalError } from '../../../src/journal/errors.ts';
import { OperationRefused } from '../../../src/service/operations.ts';
import { eventually, Rig } from '../../support/service-rig.ts';
import { OWN, rollBack, setAll, swarm } from './one-rig.ts';

const test = suite('the first originals');
const LATER = 500 * 1024;
const UNSEEN = 400 * 1024;
const TO_FIRST = { by: 'test', reason: 'first ones', originals: 'first' } as const;

/** Every torrent has a later original, qBittorrent is away, and while it is the limits are set once more. */
async function awayWithLaterLimits(rig: Rig): Promise<void> {
  await rig.cycle();
  setAll(rig, LATER);
  await rig.cycle();
  await rig.simulator.stop();
  rig.service.requestCycle('timer');
  await eventually('offline', () => rig.service.link.startsWith('offline'));
  setAll(rig, UNSEEN);
}

async function back(rig: Rig): Promise<void> {
  await rig.simulator.start();
  rig.service.actor.send({ type: 'RECONNECT' });
}

test('a rollback to them that waits for qBittorrent keeps no limit that was set later, over a restart either', async () => {
  for (const restarts of [false, true]) {
    await Rig.with(swarm, async (rig) => {
      await awayWithLaterLimits(rig);
      const answer = await rig.operations.rollback(TO_FIRST);
      assert.is(answer.status, 'pending');
      assert.is(rig.journal.openRollback?.originals, 'first');
      if (restarts) await rig.restart();
      await back(rig);
      await eventually('rolled back', () => rig.service.lifecycle === 'rolledBack');
      assert.equal(rig.limits, OWN, `after a restart: ${restarts}`);
      const { total } = await rig.journal.page('rollback', 0, 10);
      assert.is(total, 1, 'it is one rollback');
    });
  }
});

test('a rollback to them while another one waits for qBittorrent is to them as well', async () => {
  await Rig.with(swarm, async (rig) => {
    await awayWithLaterLimits(rig);
    assert.is((await rig.operations.rollback({ by: 'test', reason: 'all' })).status, 'pending');
    assert.is((await rig.operations.rollback(TO_FIRST)).status, 'pending');
    await rig.restart();
    await back(rig);
    await eventually('rolled back', () => rig.service.lifecycle === 'rolledBack');
    assert.equal(rig.limits, OWN);
    assert.is.not(rig.journal.openRollback?.finishedAt, null);
  });
});

test('a rollback of one torrent to its first original waits for qBittorrent as well, over a restart either', async () => {
  for (const restarts of [false, true]) {
    await Rig.with(swarm, async (rig) => {
      await awayWithLaterLimits(rig);
      const [hash = ''] = rig.hashes;
      const scope = { kind: 'torrents', infoHashes: [hash] } as const;
      assert.is((await rig.operations.rollback({ ...TO_FIRST, scope })).status, 'pending');
      if (restarts) await rig.restart();
      await back(rig);
      await eventually('online', () => rig.service.link === 'online');
      const { remembered } = rig.service.rollbacks;
      for (let n = 0; n < 8 && remembered.ofParts[0]?.isFinished === false; n += 1) {
        await rig.shown();
        rig.service.requestCycle('timer');
        await eventually('the cycle is over', () => rig.service.cycle === 'idle');
      }
      assert.is(remembered.ofParts[0]?.isFinished, true);
      assert.is(rig.limits[0], 0, `after a restart: ${restarts}`);
      assert.not.equal(rig.limits, OWN, 'the others are still limited');
    });
  }
});

test('a limit that is set while a rollback to them is under way is not kept', async () => {
  for (const scope of [undefined, { kind: 'tracker', trackerId: 'alpha' } as const]) {
    await Rig.with(swarm, async (rig) => {
      await rig.cycle();
      await rig.cycle();
      const { swarm: simulated } = rig.simulator;
      const set = simulated.setUploadLimit.bind(simulated);
      simulated.setUploadLimit = (hashes, wire, nowMs) => {
        simulated.setUploadLimit = set;
        set(hashes, wire, nowMs);
        set(rig.hashes, UNSEEN, nowMs);
      };
      const answer = await rig.operations.rollback({ ...TO_FIRST, ...(scope && { scope }) });
      assert.is(answer.status, 'completed', JSON.stringify(answer));
      assert.is(answer.changes_reversed, 8);
      assert.equal(rig.limits, OWN);
    });
  }
});

test('torrents that have a later limit from a rollback before get their first one', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    setAll(rig, LATER);
    await rig.cycle();
    await rollBack(rig);
    assert.equal(new Set(rig.limits), new Set([LATER]));
    await rig.restart();
    await eventually('online', () => rig.service.link === 'online');
    const [hash = ''] = rig.hashes;
    const scope = { kind: 'torrents', infoHashes: [hash] } as const;
    const one = await rig.operations.rollback({ ...TO_FIRST, scope });
    assert.is(one.changes_reversed, 1, JSON.stringify(one));
    assert.equal(rig.limits, [OWN[0], ...Array.from({ length: 7 }, () => LATER)]);
    await rollBack(rig, 'first');
    assert.equal(rig.limits, OWN);
    assert.is(rig.service.lifecycle, 'rolledBack');
  });
});

test('a rollback to them that the journal does not take is refused, and changes nothing', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    setAll(rig, LATER);
    await rig.cycle();
    const { limits } = rig;
    rig.run.journal.failWith = new JournalError('full', 'x', 'no space left');
    const refusal = await rig.operations.rollback(TO_FIRST).catch((error: unknown) => error);
    assert.instance(refusal, OperationRefused);
    assert.equal(rig.limits, limits);
    assert.is(rig.service.lifecycle, 'steady');
    assert.is(rig.service.rollbacks.remembered.ofAll, null);
  });
});

test.run();
