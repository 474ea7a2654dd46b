/** An owner renews its marker in time, whatever else it does. Virtual time. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Rig, type RigOptions } from '../../support/service-rig.ts';
import { VirtualTime } from '../../support/virtual-time.ts';
import { isContested, OWN, swarm } from './two-rigs.ts';

const test = suite('renewal of the marker');

test('a rollback that cannot end keeps its client: the marker is renewed, and another controller stays contested', async () => {
  await withOwner({}, async (first, time) => {
    const [stubborn = ''] = first.hashes;
    const mend = first.refuseLimitsOf(stubborn);
    first.service.actor.send({ type: 'ROLLBACK', by: 'test', reason: 'over' });
    await time.pass(20_000);
    assert.match(first.service.lifecycle, /^rollingBack/);
    await withSecond(first, time, async (second) => {
      await time.pass(180_000);
      assert.ok(isContested(second), second.service.link);
      assert.match(first.service.lifecycle, /^rollingBack/);
      mend();
      await time.pass(20_000);
      assert.equal([first.service.lifecycle, first.limits], ['rolledBack', OWN]);
    });
  });
});

test('the marker is renewed every ten seconds, however long the control interval is', async () => {
  await withOwner({ global: { control_interval: 60 } }, async (first, time) => {
    const counters = new Set<unknown>();
    for (let n = 0; n < 6; n += 1) {
      await time.pass(11_000);
      counters.add((first.simulator.clientData.get('qguardarr') as Record<string, unknown>).counter);
    }
    assert.is(counters.size, 6);
  });
});

test('a contested controller notices within a minute and a half that the owner is gone, however long its control interval is', async () => {
  await withOwner({}, async (first, time) => {
    await withSecond(first, time, async (second) => {
      await time.pass(10_000);
      assert.ok(isContested(second), second.service.link);
      first.run.die();
      await time.pass(90_000);
      const { contest } = second.service.actor.getSnapshot().context;
      assert.is(contest?.kind, 'unknown-limits');
    });
  });
});

test('a controller that another one took the client from while it rolls back stops writing within ten seconds', async () => {
  await withOwner({}, async (first, time) => {
    const [stubborn = ''] = first.hashes;
    first.refuseLimitsOf(stubborn);
    first.service.actor.send({ type: 'ROLLBACK', by: 'test', reason: 'over' });
    await withSecond(first, time, async (second) => {
      await time.pass(10_000);
      second.service.actor.send({ type: 'TAKE_OWNERSHIP' });
      await time.pass(11_000);
      assert.equal([first.service.link, first.service.lifecycle], ['contested', 'rollingBack.waiting']);
      const { writes } = first;
      await time.pass(60_000);
      assert.is(first.writes, writes);
    });
  });
});

/** A service in charge of a client that keeps markers, with limits in force. */
async function withOwner(
  options: Partial<RigOptions>,
  body: (rig: Rig, time: VirtualTime) => Promise<void>,
): Promise<void> {
  const time = new VirtualTime();
  try {
    await Rig.with({ ...swarm, version: '5.3.0', stopped: true, time, ...options }, async (rig) => {
      await rig.startService();
      await time.pass(5_000);
      await body(rig, time);
      await stop(rig, time);
    });
  } finally {
    time.restore();
  }
}

async function withSecond(first: Rig, time: VirtualTime, body: (rig: Rig) => Promise<void>): Promise<void> {
  const options = { ...swarm, version: '5.3.0', stopped: true, time, sharedWith: first } as const;
  await Rig.with(options, async (second) => {
    await second.startService();
    await body(second);
    await stop(second, time);
  });
}

async function stop(rig: Rig, time: VirtualTime): Promise<void> {
  const stopped = rig.service.stop();
  await time.pass(10_000);
  await stopped;
}

test.run();
