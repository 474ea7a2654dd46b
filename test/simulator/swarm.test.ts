import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type DemandProgram, UNLIMITED_DEMAND_BPS } from '../../src/simulator/demand.ts';
import { DuplicateTorrentError, Swarm, type SwarmOptions } from '../../src/simulator/swarm.ts';
import { BLOCK_BYTES, type TorrentSpec } from '../../src/simulator/torrent.ts';

const LINK_BPS = 20_000_000;
const EVERYTHING: DemandProgram = { kind: 'constant', bps: UNLIMITED_DEMAND_BPS };

function spec(
  name: string,
  demand: DemandProgram = EVERYTHING,
  more: Partial<TorrentSpec> = {},
): TorrentSpec {
  return { name, trackers: ['https://tracker.alpha.example/key/announce'], demand, ...more };
}

function swarmOf(torrents: readonly TorrentSpec[], more: Partial<SwarmOptions> = {}) {
  const swarm = new Swarm({ seed: 1, linkBps: LINK_BPS, torrents, ...more });
  const [first = '', second = ''] = swarm.torrents.keys();
  return { swarm, first, second };
}

const moved = (swarm: Swarm, hash: string) => swarm.torrents.get(hash)?.movedBytes ?? Number.NaN;

function rateOver(swarm: Swarm, hash: string, seconds: number): number {
  const before = moved(swarm, hash);
  swarm.advance(swarm.nowMs + seconds * 1000);
  return (moved(swarm, hash) - before) / seconds;
}

const shown = (swarm: Swarm, hash: string, field: string) => swarm.picture.torrent(hash)?.[field];

test('limits hold to 3 % over a minute, each torrent off by its own part', () => {
  const { swarm } = swarmOf(Array.from({ length: 20 }, (_, index) => spec(`t${index}`)));
  swarm.setUploadLimit(swarm.torrents.keys(), 400_000, 0);
  swarm.advance(10_000);
  const before = new Map([...swarm.torrents.keys()].map((hash) => [hash, moved(swarm, hash)]));
  swarm.advance(70_000);
  const offBy = [...before].map(([hash, bytes]) => (moved(swarm, hash) - bytes) / 60 / 400_000 - 1);
  assert.ok(Math.max(...offBy.map(Math.abs)) <= 0.03, `${offBy}`);
  assert.ok(new Set(offBy).size > 3);
});

test('a halved limit shows within six seconds, in the statistics too', () => {
  const { swarm, first } = swarmOf([spec('a')]);
  swarm.setUploadLimit([first], 2_000_000, 0);
  swarm.advance(20_000);
  swarm.setUploadLimit([first], 1_000_000, 20_000);
  assert.ok(rateOver(swarm, first, 1) > 1_300_000);
  swarm.advance(26_000);
  const before = Number(shown(swarm, first, 'uploaded_session'));
  swarm.advance(38_000);
  assert.ok(Math.abs((Number(shown(swarm, first, 'uploaded_session')) - before) / 12 / 1_000_000 - 1) < 0.06);
});

test('a waking torrent without a limit takes the link at once', () => {
  const { swarm, first } = swarmOf([spec('a', { kind: 'waking', bps: UNLIMITED_DEMAND_BPS, atMs: 60_000 })]);
  swarm.advance(60_000);
  assert.is(moved(swarm, first), 0);
  assert.ok(rateOver(swarm, first, 1) > 0.95 * LINK_BPS);
});

test('a waking torrent under a limit bursts by the three seconds it banked', () => {
  const { swarm, first } = swarmOf([spec('a', { kind: 'waking', bps: UNLIMITED_DEMAND_BPS, atMs: 60_000 })]);
  swarm.setUploadLimit([first], 200_000, 0);
  swarm.advance(60_000);
  const inOneSecond = rateOver(swarm, first, 1);
  assert.ok(inOneSecond > 3 * 200_000 && inOneSecond < 4.2 * 200_000, `${inOneSecond}`);
});

test('a slow torrent takes what it wants, whatever its limit', () => {
  const { swarm, first } = swarmOf([spec('a', { kind: 'constant', bps: 50_000 })]);
  swarm.advance(5000);
  // A minute begins and ends within a swell, and with part of a block.
  assert.ok(Math.abs(rateOver(swarm, first, 60) - 50_000) < 0.02 * 50_000 + BLOCK_BYTES / 60);
});

test('small limits move too, in whole blocks', () => {
  const { swarm, first } = swarmOf([spec('a')]);
  swarm.setUploadLimit([first], 4096, 0);
  swarm.advance(60_000);
  const before = moved(swarm, first);
  assert.is(before % BLOCK_BYTES, 0);
  swarm.advance(260_000);
  assert.ok(Math.abs((moved(swarm, first) - before) / 200 - 4096) < 0.03 * 4096 + BLOCK_BYTES / 200);
});

test('the link is shared evenly among those who want more', () => {
  const { swarm, first, second } = swarmOf([
    spec('a'),
    spec('b'),
    spec('c', { kind: 'constant', bps: 2_000_000 }),
  ]);
  swarm.advance(30_000);
  assert.ok(Math.abs(moved(swarm, first) - moved(swarm, second)) <= BLOCK_BYTES);
  assert.ok(Math.abs(moved(swarm, first) / 30 - 9_000_000) < 100_000);
});

test('a limit of 0 is no limit', () => {
  const { swarm, first } = swarmOf([spec('a', EVERYTHING, { uploadLimitWire: 100_000 })]);
  swarm.advance(10_000);
  swarm.setUploadLimit([first], 0, 10_000);
  swarm.advance(14_000);
  assert.ok(rateOver(swarm, first, 2) > 0.97 * LINK_BPS);
  swarm.advance(17_000);
  assert.is(shown(swarm, first, 'up_limit'), 0);
});

test("the client's own limit holds for all together", () => {
  const { swarm } = swarmOf([spec('a'), spec('b')]);
  swarm.setGlobalLimit(1_000_000);
  swarm.advance(10_000);
  assert.ok(Math.abs(swarm.movedBytes - 10_000_000) < 10);
});

test('statistics move once per refresh, all torrents together', () => {
  const { swarm, first, second } = swarmOf([spec('a'), spec('b')]);
  const changes: number[] = [];
  let last = '';
  for (let nowMs = 100; nowMs <= 15_000; nowMs += 100) {
    swarm.advance(nowMs);
    const now = `${shown(swarm, first, 'uploaded_session')} ${shown(swarm, second, 'uploaded_session')}`;
    if (now !== last) changes.push(nowMs);
    last = now;
  }
  assert.equal(changes.slice(1), [1500, 3000, 4500, 6000, 7500, 9000, 10_500, 12_000, 13_500, 15_000]);
});

test('a written limit shows at the next refresh, or at once as in older versions', () => {
  for (const [limitsShown, expected] of [['refresh', 0] as const, ['at-once', 5000] as const]) {
    const { swarm, first } = swarmOf([spec('a', { kind: 'none' })], { limitsShown });
    swarm.setUploadLimit([first, 'f'.repeat(40)], 5000, 100);
    assert.is(shown(swarm, first, 'up_limit'), expected);
    assert.is(swarm.torrents.get(first)?.limit.wire, 5000);
    swarm.advance(1500);
    assert.is(shown(swarm, first, 'up_limit'), 5000);
  }
});

test('upspeed follows over some seconds, then state and speed die down and the torrent costs nothing', () => {
  const { swarm, first } = swarmOf([spec('a', { kind: 'constant', bps: 1_000_000 })]);
  swarm.advance(3000);
  assert.ok(Number(shown(swarm, first, 'upspeed')) < 600_000);
  swarm.advance(30_000);
  // Its leecher asks in swells.
  assert.ok(Math.abs(Number(shown(swarm, first, 'upspeed')) - 1_000_000) < 150_000);
  assert.is(shown(swarm, first, 'state'), 'uploading');
  assert.is(shown(swarm, first, 'last_activity'), 30);
  assert.ok(Number(shown(swarm, first, 'num_leechs')) > 0);
  swarm.setDemand(first, { kind: 'none' });
  swarm.advance(120_000);
  assert.is(shown(swarm, first, 'upspeed'), 0);
  assert.is(shown(swarm, first, 'state'), 'stalledUP');
  assert.is(shown(swarm, first, 'num_leechs'), 0);
  assert.is(shown(swarm, first, 'uploaded_session'), moved(swarm, first));
});

test('the truth is counted by tracker, removed torrents included', () => {
  const beta = ['https://tracker.beta.example:8443/announce?passkey=x', 'https://tracker.alpha.example/a'];
  const { swarm, first } = swarmOf([
    spec('a'),
    spec('b', EVERYTHING, { trackers: beta }),
    spec('c', EVERYTHING, { trackers: [] }),
  ]);
  swarm.advance(3000);
  const before = swarm.uploadedByTracker();
  assert.equal([...before.keys()], ['tracker.alpha.example', 'tracker.beta.example', '']);
  assert.ok([...before.values()].every((bytes) => bytes > 0));
  assert.ok(swarm.removeTorrent(first));
  assert.not(swarm.removeTorrent(first));
  assert.is(swarm.uploadedByTracker().get('tracker.alpha.example'), before.get('tracker.alpha.example'));
  swarm.advance(6000);
  assert.is(swarm.uploadedByTracker().get('tracker.alpha.example'), before.get('tracker.alpha.example'));
});

test('the same torrent twice is refused', () => {
  assert.throws(
    () => swarmOf([spec('a'), spec('a')]),
    (error: unknown) => error instanceof DuplicateTorrentError,
  );
});

test('a seed makes the same swarm again, however time is cut; another seed another', () => {
  const live = (seed: number, strideMs: number) => {
    const wandering: DemandProgram = { kind: 'wandering', fromBps: 1e4, toBps: 1e6, everyMs: 700 };
    const { swarm } = swarmOf([spec('a', wandering), spec('b'), spec('c', wandering)], { seed });
    for (let nowMs = 0; nowMs <= 42_000; nowMs += strideMs) swarm.advance(nowMs);
    return JSON.stringify(swarm.picture.full());
  };
  assert.is(live(5, 100), live(5, 6000));
  assert.is.not(live(5, 100), live(6, 100));
});

const program: fc.Arbitrary<DemandProgram> = fc.oneof(
  fc.constant<DemandProgram>(EVERYTHING),
  fc.record({ kind: fc.constant('constant' as const), bps: fc.integer({ min: 0, max: 5_000_000 }) }),
  fc.record({
    kind: fc.constant('periodic' as const),
    bps: fc.integer({ min: 1, max: 50_000_000 }),
    onMs: fc.integer({ min: 1, max: 5000 }),
    offMs: fc.integer({ min: 1, max: 5000 }),
  }),
);

test('whatever is wanted and written, no more moves than the link carries, and no byte is lost', () => {
  fc.assert(
    fc.property(
      fc.array(program, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 10_000, max: 5_000_000 }),
      fc.array(
        fc.record({ wire: fc.integer({ min: -1, max: 3_000_000 }), index: fc.nat(7), waitMs: fc.nat(4000) }),
        {
          maxLength: 12,
        },
      ),
      (programs, linkBps, writes) => {
        const { swarm } = swarmOf(
          programs.map((demand, index) => spec(`t${index}`, demand)),
          { linkBps },
        );
        const hashes = [...swarm.torrents.keys()];
        for (const { wire, index, waitMs } of writes) {
          swarm.setUploadLimit([hashes[index % hashes.length] ?? ''], wire, swarm.nowMs + waitMs);
          assert.ok(swarm.movedBytes <= (linkBps * swarm.nowMs) / 1000 + 1);
        }
        const blocks = hashes.reduce((sum, hash) => sum + moved(swarm, hash), 0);
        assert.ok(
          blocks <= swarm.movedBytes + 1 && blocks > swarm.movedBytes - hashes.length * BLOCK_BYTES - 1,
        );
      },
    ),
    { numRuns: 60 },
  );
});

test.run();
