import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { estimateTorrents } from '../../src/control/estimate.ts';
import { limitToWire } from '../../src/control/limit-mark.ts';
import { changesOf, plan } from '../../src/control/plan.ts';
import { costOf, roomBudget } from '../../src/control/room.ts';
import { NO_CROWD } from '../../src/control/standby.ts';
import { computeTargets, type Target } from '../../src/control/targets.ts';
import { TorrentMemories } from '../../src/control/torrent-memories.ts';
import {
  EMPTY_MEMORY,
  type Strategy,
  type TorrentReading,
  type TrackerState,
} from '../../src/control/types.ts';
import { KIB, MAX_LIMIT_BPS, MIB, MIN_LIMIT_BPS, UNLIMITED } from '../../src/control/units.ts';
import { NOW, planInputOf, readingOf, SETTINGS, usageOf } from '../support/readings.ts';

const limit = fc.oneof(fc.integer({ min: 1, max: 2 ** 31 - 2 }), fc.constant(UNLIMITED));
const rate = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50 * MIB }));
const anyReading = fc
  .record({
    key: fc.uuid(),
    trackerId: fc.constantFrom('t', 'u', 'free', 'gone'),
    limitBps: limit,
    ownLimitBps: limit,
    held: fc.boolean(),
    inRollout: fc.boolean(),
    announces: fc.boolean(),
    rate,
    settled: fc.boolean(),
    leechersConnected: fc.integer({ min: 0, max: 50 }),
  })
  .map(({ rate: bps, settled, ...fields }) => {
    // Without a limit of ours, what is in force is the user's own.
    const ownLimitBps = fields.held ? fields.ownLimitBps : fields.limitBps;
    return readingOf(fields.key, { ...fields, ownLimitBps, usage: usageOf(bps, settled) });
  });
const readings = fc.uniqueArray(anyReading, { selector: (reading) => reading.key, maxLength: 60 });
const trackers = fc
  .tuple(fc.integer({ min: 1024, max: 100 * MIB }), fc.integer({ min: 1024, max: 100 * MIB }))
  .map(([t, u]) => [
    { id: 't', capBps: t, priority: 1 },
    { id: 'u', capBps: u, priority: 1 },
    { id: 'free', capBps: UNLIMITED, priority: 1 },
  ]);

const strategies = fc.constantFrom<Strategy>('equal', 'weighted', 'soft');
const states = fc.constantFrom<TrackerState>('within', 'pressing', 'borrowing', 'lending');

function targetsOf(
  list: readonly TorrentReading[],
  capBps: number,
  availableBps: number,
  strategy: Strategy = 'equal',
): readonly Target[] {
  const settings = { ...SETTINGS, strategy };
  const nothing = { before: TorrentMemories.NONE, crowd: NO_CROWD, excess: 0 };
  const input = { now: NOW, settings, readings: list, ...nothing, capBps, availableBps };
  return computeTargets({ strategy, ...estimateTorrents(input), capBps, availableBps }).targets;
}

test('four torrents that all want more get a quarter of the cap each', () => {
  const keys = ['a', 'b', 'c', 'd'];
  const { calls } = plan(planInputOf(keys.map((key) => readingOf(key, { usage: usageOf(3 * MIB) }))));
  assert.is(calls.length, 1, 'one limit, one call');
  assert.is(calls[0]?.toWire, limitToWire(MIB));
  assert.equal(
    calls[0]?.changes.map((change) => change.key),
    keys,
  );
});

test('a torrent of an unlimited tracker is left alone, and released when it was held', () => {
  const trackersOf = [{ id: 't', capBps: UNLIMITED, priority: 1 }];
  const { calls } = plan(
    planInputOf(
      [
        readingOf('free', { usage: usageOf(9 * MIB) }),
        readingOf('held', { held: true, limitBps: 5_000, ownLimitBps: 777 }),
      ],
      { trackers: trackersOf },
    ),
  );
  assert.is(calls.length, 1);
  assert.is(calls[0]?.kind, 'release');
  assert.is(calls[0]?.toWire, 777, 'to the byte, though below 1024');
});

test('what is outside rollout uploads comes off the cap that the others share', () => {
  const { calls, trackers: reports } = plan(
    planInputOf([
      readingOf('in', { usage: usageOf(4 * MIB) }),
      readingOf('out', { usage: usageOf(1 * MIB), inRollout: false }),
    ]),
  );
  assert.is(calls[0]?.toWire, limitToWire(3 * MIB));
  assert.is(reports[0]?.outsideBps, MIB);
});

test('a torrent that left rollout gets its own limit back', () => {
  const { calls } = plan(
    planInputOf([
      readingOf('left', { held: true, limitBps: 50_000, ownLimitBps: 307_200, inRollout: false }),
    ]),
  );
  assert.equal(
    calls.map(({ kind, toWire, reason }) => ({ kind, toWire, reason })),
    [{ kind: 'release', toWire: 307_200, reason: 'released: left rollout, or rolled back' }],
  );
});

test('when what is outside alone exceeds the cap, the report says that it cannot hold', () => {
  const { trackers: reports, calls } = plan(
    planInputOf([
      readingOf('out', { usage: usageOf(5 * MIB), inRollout: false }),
      readingOf('in', { usage: usageOf(MIB) }),
    ]),
  );
  assert.is(reports[0]?.cannotHold, 'rollout');
  assert.is(
    calls[0]?.toWire,
    limitToWire(MIN_LIMIT_BPS),
    'the cap comes before any minimum but the one that lifts limits',
  );
});

test('so many torrents that even the least limit for each exceeds the cap: the report says that too', () => {
  const crowd = Array.from({ length: 100 }, (_, index) =>
    readingOf(`t${index}`, { usage: usageOf(20 * KIB) }),
  );
  const settings = { trackers: [{ id: 't', capBps: 50 * KIB, priority: 1 }] };
  assert.is(plan(planInputOf(crowd, settings)).trackers[0]?.cannotHold, 'least-limit');
  assert.is(plan(planInputOf(crowd)).trackers[0]?.cannotHold, null);
});

test('torrents beyond the number that is managed come off the cap, and are named when they alone exceed it', () => {
  const busy = [5, 4].map((mib, index) => readingOf(`busy ${index}`, { usage: usageOf(mib * MIB) }));
  const { calls, trackers: reports } = plan(planInputOf(busy, { maxManagedTorrents: 1 }));
  assert.is(reports[0]?.outsideBps, 4 * MIB);
  assert.is(reports[0]?.outsideRolloutBps, 0);
  assert.is(reports[0]?.cannotHold, 'max-managed');
  assert.is(calls[0]?.changes.length, 1);
});

test('a torrent under a limit of its own takes what that lets it, and the rest goes to the others', () => {
  const own = { limitBps: MIB / 2, ownLimitBps: MIB / 2, usage: usageOf(MIB / 2) };
  const { calls } = plan(
    planInputOf([readingOf('own', own), readingOf('other', { usage: usageOf(9 * MIB) })]),
  );
  assert.equal(
    changesOf(calls).map(({ key, toBps }) => [key, toBps]),
    [['other', 3.5 * MIB]],
  );
});

const idle = Array.from({ length: 40 }, (_, index) => readingOf(`idle ${index}`));

function guardOfIdle(others: readonly TorrentReading[]): number {
  const { calls } = plan(planInputOf([...idle, ...others]));
  const guards = calls.filter(({ reason }) => reason === 'standby limit');
  assert.is(guards.length, 1);
  return guards[0]?.toWire ?? 0;
}

test('idle torrents that may wake share what is free as their guards, with some to spare', () => {
  const guardBps = guardOfIdle([]);
  assert.ok(1.3 * guardBps * idle.length <= 4 * MIB, `${guardBps}`);
  assert.ok(guardBps * idle.length >= 4 * MIB * (0.75 / 2), `${guardBps}`);
});

test('where nothing is free their guards are a small part of the cap, all together', () => {
  const guardBps = guardOfIdle([readingOf('busy', { usage: usageOf(4 * MIB) })]);
  assert.ok(guardBps * idle.length <= 0.15 * 4 * MIB + idle.length, `${guardBps}`);
});

test('a torrent with a lower limit of its own keeps it without a call', () => {
  const { calls } = plan(
    planInputOf([
      readingOf('own', { limitBps: 300 * KIB, ownLimitBps: 300 * KIB, usage: usageOf(290 * KIB) }),
    ]),
  );
  assert.equal(calls, []);
});

test('calls beyond the bound of a cycle wait, raises before cuts', () => {
  const many = Array.from({ length: 8 }, (_, index) =>
    readingOf(`t${index}`, { trackerId: `tracker ${index}`, usage: usageOf(9 * MIB) }),
  );
  const settings = {
    trackers: many.map(({ trackerId }) => ({ id: trackerId, capBps: MIB, priority: 1 })),
    maxCallsPerCycle: 3,
  };
  const { calls, deferred } = plan(planInputOf(many, settings));
  assert.is(calls.length, 3);
  assert.is(deferred, 5);
});

test('property: no limit of ours is 0, below 1024, beyond int32 or above the torrent own limit', () => {
  fc.assert(
    fc.property(readings, trackers, strategies, (list, caps, strategy) => {
      const { calls } = plan(planInputOf(list, { trackers: caps, strategy }));
      for (const call of calls) {
        for (const change of call.changes) {
          const reading = list.find(({ key }) => key === change.key);
          if (call.kind === 'release') {
            if (call.toWire !== (reading?.ownLimitBps === UNLIMITED ? 0 : reading?.ownLimitBps)) return false;
          } else if (!Number.isInteger(call.toWire)) return false;
          else if (call.toWire < MIN_LIMIT_BPS || call.toWire > MAX_LIMIT_BPS) return false;
          else if (call.toWire > Math.max(limitToWire(MIN_LIMIT_BPS), reading?.ownLimitBps ?? 0))
            return false;
        }
      }
      return true;
    }),
    { numRuns: 2000 },
  );
});

test('property: the shares of a tracker never add up to more than what may be used of its cap', () => {
  fc.assert(
    fc.property(
      readings,
      fc.integer({ min: 0, max: 100 * MIB }),
      strategies,
      (list, availableBps, strategy) => {
        const targets = targetsOf(list, 100 * MIB, availableBps, strategy);
        for (const { shareBps, known } of targets) assert.ok(shareBps >= 0 && shareBps <= known.demandBps);
        const shared = targets.reduce((sum, target) => sum + target.shareBps, 0);
        return shared <= availableBps * (1 + 1e-9) + 1e-3;
      },
    ),
    { numRuns: 2000 },
  );
});

test('property: room above met demands costs no more than its budget, by the square-root law', () => {
  fc.assert(
    fc.property(readings, fc.integer({ min: 4 * MIB, max: 100 * MIB }), (list, availableBps) => {
      const targets = targetsOf(list, availableBps, availableBps);
      const met = targets.filter(({ reason }) => reason === 'headroom');
      const taken = targets.reduce((sum, { shareBps }) => sum + shareBps, 0);
      const rooms = met.map(({ limitBps, known }) => limitBps - known.demandBps);
      // The least room and the grid come on top, as parts of each demand.
      const parts =
        1.2 * costOf(met.map(({ known, reading }) => Math.max(known.demandBps, reading.usage.longBps)));
      return costOf(rooms) <= Math.SQRT2 * roomBudget(availableBps, taken) + parts + MIN_LIMIT_BPS;
    }),
    { numRuns: 2000 },
  );
});

test('property: the order of the readings changes nothing, and equal inputs give equal plans', () => {
  fc.assert(
    fc.property(readings, trackers, strategies, states, states, (list, caps, strategy, t, u) => {
      const settings = { trackers: caps, strategy };
      const trackerStates = new Map([['t', t] as const, ['u', u] as const]);
      const first = { ...planInputOf(list, settings), trackerStates };
      const once = plan(first);
      assert.equal(plan({ ...first, readings: [...list].reverse() }), once);
      const next = { ...first, memory: once.memory };
      assert.equal(plan({ ...next, readings: [...list].reverse() }), plan(next));
    }),
    { numRuns: 2000 },
  );
});

test('property: torrents of unknown, unlimited or other trackers are never cut or raised', () => {
  fc.assert(
    fc.property(readings, trackers, (list, caps) => {
      const { calls } = plan(planInputOf(list, { trackers: caps }));
      return changesOf(calls).every(
        (change) => change.kind === 'release' || change.trackerId === 't' || change.trackerId === 'u',
      );
    }),
    { numRuns: 2000 },
  );
});

test('soft: what B borrows of A is in the reports, and B torrents share 3 MiB/s of its 2', () => {
  const torrents = [
    readingOf('a', { trackerId: 'a', held: true, limitBps: 2 * MIB, usage: usageOf(MIB) }),
    ...['b1', 'b2'].map((key) =>
      readingOf(key, { trackerId: 'b', held: true, limitBps: MIB, usage: usageOf(MIB) }),
    ),
  ];
  const trackersOf = [
    { id: 'a', capBps: 4 * MIB, priority: 5 },
    { id: 'b', capBps: 2 * MIB, priority: 10 },
  ];
  const trackerStates = new Map<string, TrackerState>([
    ['a', 'within'],
    ['b', 'pressing'],
  ]);
  let memory = EMPTY_MEMORY;
  let planned = plan(planInputOf([]));
  for (let cycle = 0; cycle < 12; cycle += 1) {
    const input = planInputOf(torrents, { strategy: 'soft', trackers: trackersOf });
    planned = plan({ ...input, trackerStates, memory });
    memory = planned.memory;
  }
  const [a, b] = planned.trackers;
  assert.equal([a?.effectiveCapBps, a?.lentBps, a?.borrowedBps], [4 * MIB, MIB, 0]);
  assert.equal([b?.effectiveCapBps, b?.lentBps, b?.borrowedBps], [3 * MIB, 0, MIB]);
});

test('weighted: A with 40 leechers at 0.8 MiB/s gets 3.6 MiB/s of 6, B with 5 at 0.2 gets 2.4', () => {
  const { calls } = plan(
    planInputOf(
      [
        readingOf('a', { leechersKnown: 40, usage: usageOf(0.8 * MIB) }),
        readingOf('b', { leechersKnown: 5, usage: usageOf(0.2 * MIB) }),
      ],
      { strategy: 'weighted', trackers: [{ id: 't', capBps: 6 * MIB, priority: 1 }] },
    ),
  );
  assert.equal(
    changesOf(calls).map(({ key, toBps }) => [key, (toBps / MIB).toFixed(3)]),
    [
      ['a', '3.600'],
      ['b', '2.400'],
    ],
  );
});

test.run();
