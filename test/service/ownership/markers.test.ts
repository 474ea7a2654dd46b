/** Two controllers on a client that keeps markers, and what their users can decide. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasMark } from '../../../src/control/limit-mark.ts';
import { MemoryJournal } from '../../../src/journal/memory-journal.ts';
import { FaultyProxy } from '../../support/faulty-proxy.ts';
import { JumpClock } from '../../support/jump-clock.ts';
import { eventually, MIB, Rig } from '../../support/service-rig.ts';
import { contestOf, HOST, isContested, OWN, type Pair, pair, pass, rollBack, swarm } from './two-rigs.ts';

const test = suite('two controllers on a client with markers');

test('on 5.3, a second one finds the live marker of the first, writes nothing and names the first', async () => {
  await pair('5.3.0', async ({ first, second, clock }) => {
    await eventually('contested', () => isContested(second));
    const { limits } = first;
    await pass(clock, [first, second], 3);
    assert.ok(isContested(second), second.service.link);
    assert.is(first.service.link, 'online');
    assert.equal(first.limits, limits);
    assert.is(second.journal.originals.size, 0);
    const { status, problems, enforcing } = second.operations.health();
    assert.equal([status, enforcing], ['degraded', false]);
    assert.match(
      problems.join(),
      /another controller enforces this client: Qguardarr on .* \d torrents? managed/,
    );
    assert.is(first.operations.health().status, 'healthy');
  });
});

test('on 5.3, the second one takes over by itself once the first has rolled back and stopped', async () => {
  await pair('5.3.0', async ({ first, second, clock }) => {
    await eventually('contested', () => isContested(second));
    await rollBack(first);
    await first.service.stop();
    assert.equal([...first.simulator.clientData], [], 'the marker is gone');
    await pass(clock, [second], 2);
    await eventually('in charge', () => second.service.link === 'online');
    await second.cycle();
    assert.ok(second.limits.slice(0, 6).every(hasMark), String(second.limits));
    await rollBack(second);
    assert.equal(second.limits, OWN);
  });
});

test('on 5.3, beside the limits of a first one that died, the second one does not enforce until originals are known', async () => {
  await pair('5.3.0', async ({ first, second, clock }) => {
    await firstDies({ first, second, clock });
    assert.match(
      contestOf(second)?.problem ?? '',
      /were written by another Qguardarr \(journal [0-9a-f]{8}\)/,
    );
    assert.is(second.journal.originals.size, 0);
    // The originals of the first, as `originals export` and `originals import` carry them over.
    await second.journal.adoptOriginals([...first.journal.originals.values()]);
    await second.restart();
    await second.next('cycle:finished');
    await rollBack(second);
    assert.equal(second.limits, OWN);
  });
});

test('on 5.3, the user can take the client over: the first one sees it and keeps its originals', async () => {
  await pair('5.3.0', async ({ first, second, clock }) => {
    await eventually('contested', () => isContested(second));
    const taken = await second.operations.takeOwnership();
    assert.is(taken.status, 'contested', 'the limits of the first are still there');
    assert.is(contestOf(second)?.kind, 'unknown-limits');
    await pass(clock, [first], 1);
    assert.is(contestOf(first)?.kind, 'controller');
    const originals = [...first.journal.originals.values()].map(({ originalWire }) => originalWire);
    assert.equal(originals, OWN.slice(0, 7), 'those below a standby limit are not managed');
    const { limits, writes } = first;
    const answer = await rollBack(first);
    assert.is(answer.status, 'pending');
    assert.match(String(answer.message), /another controller enforces this client.*take-ownership/);
    await pass(clock, [first], 1);
    assert.equal([first.limits, first.writes], [limits, writes], 'a contested one writes nothing');
    // The user changes their mind: the rollback goes on.
    const restored = first.next('rollback:finished');
    assert.is((await first.operations.takeOwnership()).status, 'taken');
    assert.is((await restored).restored, 7);
    assert.equal(first.limits, OWN);
  });
});

test('on 5.3, a controller whose machine has slept looks at the marker before it writes', async () => {
  await pair('5.3.0', async ({ first, second, clock }) => {
    await eventually('contested', () => isContested(second));
    await pass(clock, [first], 1);
    await second.operations.takeOwnership();
    const { writes } = first;
    first.configure({}, { [HOST]: MIB });
    clock.jumpWall(3_600_000);
    await first.operations.reloadConfig();
    await eventually('contested', () => isContested(first));
    assert.is(first.writes, writes);
  });
});

test('on 5.3, behind a proxy that refuses markers, it enforces without one and says so', async () => {
  await Rig.with({ ...swarm, version: '5.3.0', stopped: true }, async (rig) => {
    const proxy = new FaultyProxy(rig.port);
    await proxy.start();
    try {
      await proxy.inject({
        strikes: ({ endpoint }) => endpoint.startsWith('clientdata/'),
        injury: { kind: 'answer', status: 405, body: 'Method Not Allowed', arrives: false },
      });
      rig.configureQbittorrent({ port: proxy.port });
      await rig.startService();
      await rig.next('cycle:finished');
      await rig.cycle();
      assert.ok(rig.limits.slice(0, 6).every(hasMark), String(rig.limits));
      assert.match(
        rig.operations.health().problems.join(),
        /no marker can be kept in the client.*clientdata/,
      );
      await rollBack(rig);
      assert.equal(rig.limits, OWN);
    } finally {
      await rig.service.stop();
      await proxy.stop();
    }
  });
});

test('on 5.3, a copy of a journal is another controller, too, and the two do not take turns', async () => {
  const clock = new JumpClock();
  const options = { ...swarm, version: '5.3.0', clock } as const;
  await Rig.with({ ...options, journal: named() }, async (first) => {
    await first.cycle();
    const copy = named();
    await copy.adoptOriginals([...first.journal.originals.values()]);
    await Rig.with({ ...options, sharedWith: first, journal: copy }, async (second) => {
      // With the same name it counts as a restart of the first, which then sees the marker of another run.
      assert.is(second.service.link, 'online');
      await pass(clock, [first], 1);
      assert.is(contestOf(first)?.kind, 'controller');
      await pass(clock, [second, first], 3);
      assert.equal([first.service.link, second.service.link], ['contested', 'online']);
      await rollBack(second);
      assert.equal(first.limits, OWN);
    });
  });
});

/** Its limits stay in the client, and the second one finds them once the marker is stale. */
async function firstDies({ first, second, clock }: Pair): Promise<void> {
  await eventually('contested', () => isContested(second));
  first.run.die();
  await pass(clock, [second], 3);
  await eventually('it knows whose limits it finds', () => contestOf(second)?.kind === 'unknown-limits');
}

function named(): MemoryJournal {
  const journal = new MemoryJournal();
  journal.identify = async () => '00000000-0000-4000-8000-000000000000';
  return journal;
}

test('in a dry run no marker is written, and the client is not contested', async () => {
  await pair(
    '5.3.0',
    async ({ first, second }) => {
      const marker = JSON.stringify([...first.simulator.clientData]);
      await eventually('online', () => second.service.link === 'online');
      await second.cycle();
      assert.is(JSON.stringify([...first.simulator.clientData]), marker);
      assert.is(second.operations.health().dry_run, true);
    },
    { global: { dry_run: true } },
  );
});

test('a stop that keeps limits leaves the marker, as stopped, and the next start takes it up at once', async () => {
  await Rig.with({ ...swarm, version: '5.3.0' }, async (rig) => {
    await rig.cycle();
    await rig.service.stop();
    const marker = rig.simulator.clientData.get('qguardarr') as Record<string, unknown>;
    assert.equal([marker.state, marker.managed], ['stopped', 7]);
    await rig.startService();
    await rig.next('cycle:finished');
    assert.is(rig.service.link, 'online');
    await rollBack(rig);
    assert.equal(rig.limits, OWN);
  });
});

test('a stop beside limits whose originals are unknown leaves the marker, as stopped', async () => {
  await pair('5.3.0', async ({ first, second, clock }) => {
    await firstDies({ first, second, clock });
    await second.service.stop();
    const marker = second.simulator.clientData.get('qguardarr') as Record<string, unknown>;
    assert.equal([marker.state, marker.follows], ['stopped', first.journal.name]);
  });
});

test('a third controller names the one whose limits are in the client, not the one that only looked', async () => {
  await pair('5.3.0', async ({ first, second, clock }) => {
    await firstDies({ first, second, clock });
    await second.service.stop();
    await Rig.with({ ...swarm, version: '5.3.0', clock, stopped: true, sharedWith: first }, async (third) => {
      await third.startService();
      await eventually('contested', () => isContested(third));
      const name = first.journal.name?.slice(0, 8) ?? '';
      assert.match(contestOf(third)?.problem ?? '', new RegExp(`another Qguardarr \\(journal ${name}\\)`));
    });
  });
});

test.run();
