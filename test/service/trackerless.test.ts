import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MIB, Rig, type RigOptions, sleepers } from '../support/service-rig.ts';

const ALPHA = 'alpha.example';
const CAP = MIB;
const EAGER = { kind: 'constant', bps: 4 * MIB } as const;
const test = suite('torrents without a tracker');

const named = (name: string, trackers: readonly string[]) => ({ name, trackers, demand: EAGER });

/** Two torrents without a tracker, one with a tracker that can't be read, and one of alpha. */
const swarm: RigOptions = {
  caps: { [ALPHA]: 8 * MIB },
  catchAllCap: CAP,
  torrents: [
    named('none', []),
    named('none either', []),
    named('unreadable', ['not an announce URL']),
    ...sleepers(ALPHA, 1),
  ],
};

/** Tracker of each torrent as /torrents shows it. */
function trackersOf(rig: Rig): (string | null)[] {
  const query = { search: '', tracker: null, show: 'all', order: 'asc', offset: 0, limit: 10 } as const;
  const { items } = rig.operations.torrents({ ...query, sort: 'name' });
  return rig.hashes.map((hash) => items.find((row) => row.hash === hash)?.tracker ?? null);
}

/** What they have sent since the start, bytes. */
const sent = (rig: Rig) => [...rig.simulator.swarm.torrents.values()].map(({ movedBytes }) => movedBytes);

test('they are held to the cap of the catch-all; one whose tracker is not known is left alone', async () => {
  await Rig.with(swarm, async (rig) => {
    const cycles = async (count: number) => {
      for (let cycle = 0; cycle < count; cycle += 1) await rig.cycle();
    };
    await cycles(16);
    const [before, startedAt] = [sent(rig), performance.now()];
    await cycles(16);
    const seconds = (performance.now() - startedAt) / 1000;
    const [none = 0, either = 0, unreadable = 0] = sent(rig).map(
      (bytes, at) => (bytes - (before[at] ?? 0)) / seconds,
    );
    const rates = `${Math.round(none)} and ${Math.round(either)} B/s under ${CAP}, ${Math.round(unreadable)} beside`;
    assert.equal(trackersOf(rig), ['default', 'default', null, 'alpha']);
    assert.ok(none + either <= 1.2 * CAP && none + either >= 0.5 * CAP, rates);
    assert.ok(unreadable >= 3 * MIB, rates);
    assert.is(rig.limits[2], 0);
  });
});

test('one that gets a tracker moves to it, and back when it loses it', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    const [first = ''] = rig.hashes;
    rig.simulator.swarm.setTrackers(first, [`https://${ALPHA}/passkey0123456789/announce`]);
    await rig.cycle();
    assert.is(trackersOf(rig)[0], 'alpha');
    rig.simulator.swarm.setTrackers(first, []);
    await rig.cycle();
    assert.is(trackersOf(rig)[0], 'default');
  });
});

test('under a catch-all without a cap they are left alone', async () => {
  await Rig.with({ ...swarm, catchAllCap: -1 }, async (rig) => {
    await rig.cycle();
    assert.equal(trackersOf(rig), ['default', 'default', null, 'alpha']);
    assert.equal(rig.limits.slice(0, 3), [0, 0, 0]);
  });
});

test('a rollback restores their original limits', async () => {
  const [first, ...others] = swarm.torrents;
  if (first === undefined) throw new Error('no torrent');
  await Rig.with(
    { ...swarm, torrents: [{ ...first, uploadLimitWire: 3_000_000 }, ...others] },
    async (rig) => {
      await rig.cycle();
      assert.ok((rig.limits[0] ?? 0) <= CAP, String(rig.limits));
      await rig.operations.rollback({ by: 'test', reason: 'over' });
      assert.equal(rig.limits, [3_000_000, 0, 0, 0]);
    },
  );
});

test.run();
