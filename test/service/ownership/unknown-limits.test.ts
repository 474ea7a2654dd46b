import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MemoryJournal } from '../../../src/journal/memory-journal.ts';
import { eventually, MIB, Rig, sleepers } from '../../support/service-rig.ts';
import { contestOf, HOST, OWN, rollBack, swarm } from './one-rig.ts';

const test = suite('limits that the journal does not know');

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
        await eventually('online', () => rig.service.link === 'online');
        await rig.shown();
        rig.service.requestCycle('timer');
        await rig.shown();
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

test('at a first start beside a client that shows its torrents little by little, odd limits stop enforcement', async () => {
  const odd = sleepers(HOST, 30, 3_174_765);
  await Rig.with({ ...swarm, torrents: odd.slice(0, 3) }, async (rig) => {
    for (const spec of odd.slice(3)) rig.simulator.addTorrent(spec);
    await rig.shown();
    rig.service.requestCycle('timer');
    await eventually('contested', () => contestOf(rig)?.kind === 'unknown-limits');
    assert.is(rig.journal.originals.size, 3);
  });
});

test('with an empty journal, not every cycle looks at every torrent', async () => {
  await Rig.with({ ...swarm, caps: { [HOST]: -1 } }, async (rig) => {
    await rig.cycle();
    let looks = 0;
    const { picture } = rig.service;
    const torrents = picture.torrents.bind(picture);
    picture.torrents = () => {
      looks += 1;
      return torrents();
    };
    for (let n = 0; n < 3; n += 1) await rig.cycle();
    assert.ok(rig.journal.isEmpty);
    assert.is(looks, 0);
  });
});

test.run();
