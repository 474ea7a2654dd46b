import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { eventually, MIB, Rig, type RigOptions, sleepers } from '../support/service-rig.ts';

const HOST = 'alpha.example';
const OWN = [0, 0, 3_000_000];
const WITHIN_MS = 5_000;
const test = suite('giving limits back as the service stops');

const swarm: RigOptions = {
  caps: { [HOST]: 4 * MIB },
  torrents: [...sleepers(HOST, 2), ...sleepers(HOST, 1, 3_000_000)],
};

test('all have their own limits, nothing is left in the journal, and the next start enforces again', async () => {
  await Rig.with(swarm, async (rig) => {
    const ours = rig.limits;
    assert.equal(await rig.service.stop(WITHIN_MS), { restored: 3, left: [], problem: null });
    assert.equal(rig.limits, OWN);
    assert.is(rig.journal.originals.size, 0);
    assert.is(rig.journal.openRollback, null);
    const { items } = await rig.journal.page('change', 0, 1);
    assert.is(items[0] && 'toWire' in items[0] && items[0].reason, 'shutdown');
    await rig.startService();
    await rig.next('cycle:finished');
    assert.equal(rig.limits, ours);
  });
});

test('without a time for it limits stay', async () => {
  await Rig.with(swarm, async (rig) => {
    const ours = rig.limits;
    assert.is(await rig.service.stop(), null);
    assert.equal(rig.limits, ours);
    assert.is(rig.journal.originals.size, 3);
  });
});

test('without qBittorrent nothing is tried, and the torrents that keep our limits are named', async () => {
  await Rig.with(swarm, async (rig) => {
    const { hashes } = rig;
    await rig.simulator.stop();
    rig.service.requestCycle('timer');
    await rig.next('state:changed', ({ machine, to }) => machine === 'link' && to.startsWith('offline'));
    const farewell = await rig.service.stop(WITHIN_MS);
    assert.is(farewell?.problem, 'qBittorrent does not answer');
    assert.equal([...(farewell?.left ?? [])].sort(), [...hashes].sort());
    assert.is(rig.journal.originals.size, 3);
  });
});

test('it ends in time when torrents do not take their limits, and names them', async () => {
  await Rig.with(swarm, async (rig) => {
    const [first = ''] = rig.hashes;
    rig.refuseLimitsOf(first);
    const farewell = await rig.service.stop(400);
    assert.is(farewell?.restored, 0, 'cut short before the second look');
    assert.match(String(farewell?.problem), /more than 0\.4 s/);
    assert.ok(farewell?.left.includes(first));
    assert.is(rig.journal.originals.size, 3);
  });
});

test('torrents that are missing now are named, and stay in the journal', async () => {
  await Rig.with(swarm, async (rig) => {
    const [first = ''] = rig.hashes;
    rig.simulator.removeTorrent(first);
    const farewell = await rig.service.stop(WITHIN_MS);
    assert.equal(farewell, { restored: 2, left: [first], problem: 'they are not in qBittorrent now' });
    assert.equal([...rig.journal.originals.keys()], [`default:${first}`]);
  });
});

test('a cycle under way ends first, and sets nothing after', async () => {
  await Rig.with(swarm, async (rig) => {
    await rig.cycle();
    rig.configure({}, { [HOST]: MIB });
    await rig.operations.reloadConfig();
    await eventually('a cycle', () => rig.service.cycle !== 'idle');
    assert.is((await rig.service.stop(WITHIN_MS))?.restored, 3);
    await rig.shown();
    assert.equal(rig.limits, OWN);
  });
});

test.run();
