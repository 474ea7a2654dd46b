/** The core against the simulated swarm: do the caps hold, and is nothing wasted? */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { KIB, MIB } from '../../src/control/units.ts';
import { type LoopTorrent, runLoop } from '../support/closed-loop.ts';

const everything = { kind: 'constant', bps: Number.POSITIVE_INFINITY } as const;
const slow = (bps: number) => ({ kind: 'constant', bps }) as const;
const wakesAt = (second: number) =>
  ({ kind: 'waking', bps: Number.POSITIVE_INFINITY, atMs: second * 1000 }) as const;
const times = (count: number, torrent: LoopTorrent): LoopTorrent[] => Array(count).fill(torrent);

/** The last of the ascending windows: the worst. */
const worst = (windows: readonly number[]) => windows.at(-1) ?? 0;

test('a saturated tracker uses its cap and stays under it', () => {
  const cap = MIB;
  const { trackers } = runLoop({
    caps: { a: cap },
    seconds: 120,
    torrents: times(5, { tracker: 'a', demand: everything }),
  });
  const tracker = trackers.get('a');
  assert.ok((tracker?.meanBps(20) ?? 0) >= 0.95 * cap, `mean ${tracker?.meanBps(20)}`);
  assert.ok(worst(tracker?.windows(10, 20) ?? []) <= 1.05 * cap);
});

test('one torrent alone may have the whole cap', () => {
  const { trackers } = runLoop({
    caps: { a: 4 * MIB },
    seconds: 90,
    torrents: times(1, { tracker: 'a', demand: everything }),
  });
  assert.ok((trackers.get('a')?.meanBps(20) ?? 0) >= 0.95 * 4 * MIB);
});

test('what slow torrents leave goes to one that wants everything', () => {
  const result = runLoop({
    caps: { a: 4 * MIB },
    seconds: 120,
    torrents: [{ tracker: 'a', demand: everything }, ...times(12, { tracker: 'a', demand: slow(100 * KIB) })],
  });
  assert.ok((result.trackers.get('a')?.meanBps(30) ?? 0) >= 0.93 * 4 * MIB);
  assert.ok(result.rateOf(3, 30, 120) >= 95 * KIB, 'a slow one is not held back');
});

test('a late-comer gets most of its fair share within seconds', () => {
  const cap = 4 * MIB;
  const result = runLoop({
    caps: { a: cap },
    seconds: 90,
    torrents: [...times(3, { tracker: 'a', demand: everything }), { tracker: 'a', demand: wakesAt(40) }],
  });
  assert.ok(result.rateOf(3, 55, 65) >= 0.85 * (cap / 4), `${result.rateOf(3, 55, 65)}`);
});

test('a crowd that wakes at once does not take the link', () => {
  const cap = 4 * MIB;
  const { trackers } = runLoop({
    caps: { a: cap },
    seconds: 120,
    torrents: [{ tracker: 'a', demand: everything }, ...times(40, { tracker: 'a', demand: wakesAt(40) })],
  });
  assert.ok(worst(trackers.get('a')?.windows(10, 20) ?? []) <= 1.2 * cap);
});

test('a torrent never exceeds the limit that its user gave it', () => {
  const own = 300 * KIB;
  const result = runLoop({
    caps: { a: 4 * MIB },
    seconds: 60,
    torrents: [
      { tracker: 'a', demand: everything, ownLimitBps: own },
      ...times(2, { tracker: 'a', demand: everything }),
    ],
  });
  assert.ok(result.rateOf(0, 10, 60) <= own * 1.05, `${result.rateOf(0, 10, 60)}`);
  assert.ok((result.trackers.get('a')?.meanBps(20) ?? 0) >= 0.93 * 4 * MIB);
});

test('a lowered cap holds within seconds, a raised one is used', () => {
  const { trackers } = runLoop({
    caps: { a: 4 * MIB },
    seconds: 150,
    torrents: times(4, { tracker: 'a', demand: everything }),
    meanwhile: (second) => {
      const capBps = second > 100 ? 6 * MIB : second > 50 ? 2 * MIB : 4 * MIB;
      return { trackers: [{ id: 'a', capBps, priority: 1 }] };
    },
  });
  const halves = trackers.get('a')?.halves ?? [];
  const between = (from: number, to: number) =>
    halves.slice(from * 2, to * 2).reduce((a, b) => a + b, 0) / (to - from);
  assert.ok(between(65, 100) <= 2.05 * MIB, `${between(65, 100) / MIB}`);
  assert.ok(between(65, 100) >= 0.93 * 2 * MIB);
  assert.ok(between(120, 150) >= 0.93 * 6 * MIB, `${between(120, 150) / MIB}`);
});

test('property: whatever the demands, the mean stays under the cap and bounded in any 10 s', () => {
  const demand = fc.oneof(
    fc.constant(everything),
    fc.integer({ min: 20, max: 900 }).map((kib) => slow(kib * KIB)),
    fc.integer({ min: 20, max: 60 }).map(wakesAt),
    fc.record({
      kind: fc.constant('periodic' as const),
      bps: fc.constant(2 * MIB),
      onMs: fc.integer({ min: 8_000, max: 30_000 }),
      offMs: fc.integer({ min: 8_000, max: 30_000 }),
    }),
  );
  const torrents = fc.array(
    demand.map((program): LoopTorrent => ({ tracker: 'a', demand: program })),
    { minLength: 1, maxLength: 25 },
  );
  fc.assert(
    fc.property(torrents, fc.integer({ min: 1, max: 6 }), fc.nat(), (list, mib, seed) => {
      const cap = mib * MIB;
      const { trackers } = runLoop({ caps: { a: cap }, seconds: 90, torrents: list, seed });
      const tracker = trackers.get('a');
      return (tracker?.meanBps(20) ?? 0) <= 1.05 * cap && worst(tracker?.windows(10, 20) ?? []) <= 1.45 * cap;
    }),
    { numRuns: 150 },
  );
});

test.run();
