import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { changesOf, plan } from '../../src/control/plan.ts';
import {
  crowdLimit,
  crowdRules,
  dueUrgency,
  isDue,
  NO_CROWD,
  type StandbyCrowd,
  urgencyOf,
} from '../../src/control/standby.ts';
import type { ControlSettings, TorrentReading } from '../../src/control/types.ts';
import { KIB, MIB, MIN_LIMIT_BPS, UNLIMITED } from '../../src/control/units.ts';
import { NOW, planInputOf, readingOf, SETTINGS, usageOf } from '../support/readings.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const CAP = 100 * MIB;

test('a few idle torrents are no crowd, and a crowd stays one until it is clearly smaller', () => {
  assert.is(crowdLimit(null, CAP, 50), null);
  const limit = crowdLimit(null, CAP, 51);
  assert.is.not(limit, null);
  assert.is(crowdLimit(limit, CAP, 37), limit);
  assert.is(crowdLimit(limit, CAP, 36), null);
});

test('the limit of a crowd changes in steps of two, and never within a step', () => {
  const limit = crowdLimit(null, CAP, 1000) ?? 0;
  assert.is(Math.log2(limit) % 1, 0);
  for (const idle of [960, 1500, 2500]) assert.is(crowdLimit(limit, CAP, idle), limit, `${idle}`);
  assert.is(crowdLimit(limit, CAP, 3000), limit / 2);
  assert.is(crowdLimit(limit, CAP, 900), limit * 2);
});

test('property: the standby limits of a crowd add up to 20 % of the cap at most, or to 1 KiB/s each', () => {
  const sizes = fc.array(fc.integer({ min: 51, max: 100_000 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.integer({ min: 1024, max: 1000 * MIB }), sizes, (capBps, list) => {
      let limitBps: number | null = null;
      for (const idle of list) {
        limitBps = crowdLimit(limitBps, capBps, idle);
        assert.ok(limitBps !== null && limitBps >= MIN_LIMIT_BPS);
        assert.ok(limitBps * idle <= 0.2 * capBps + 1e-6 || limitBps === MIN_LIMIT_BPS);
      }
    }),
  );
});

test('a torrent that falls idle keeps its limit while all together are little, and no torrent keeps a large one', () => {
  const limitBps = crowdLimit(null, CAP, 1000) ?? 0;
  const little = crowdRules(limitBps, CAP, 1000, 0.1 * CAP);
  const much = crowdRules(limitBps, CAP, 1000, 0.21 * CAP);
  assert.not(isDue(10 * limitBps, UNLIMITED, little));
  assert.ok(isDue(10 * limitBps, UNLIMITED, much));
  assert.not(isDue(limitBps, UNLIMITED, much));
  assert.ok(isDue(0.05 * CAP, UNLIMITED, little));
  assert.ok(isDue(UNLIMITED, UNLIMITED, little));
});

test('a limit of the user is enough when it is low, and a standby limit is raised only when it is far too low', () => {
  const limitBps = crowdLimit(null, CAP, 1000) ?? 0;
  const rules = crowdRules(limitBps, CAP, 1000, 0);
  assert.not(isDue(500, 500, rules), 'their own');
  assert.not(isDue(limitBps / 3, UNLIMITED, rules));
  assert.ok(isDue(limitBps / 5, UNLIMITED, rules));
});

test('those that are most likely to wake come first, and corrections last', () => {
  const old: Partial<TorrentReading> = {
    leechersConnected: 0,
    leechersKnown: 0,
    lastActivityAt: NOW - 9 * DAY,
    addedAt: NOW - 99 * DAY,
  };
  const urgency = (fields: Partial<TorrentReading>) => urgencyOf(readingOf('a', { ...old, ...fields }), NOW);
  const order = [
    urgency({ addedAt: NOW - MINUTE }),
    urgency({ leechersConnected: 1 }),
    urgency({ leechersKnown: 1 }),
    urgency({ lastActivityAt: NOW - DAY / 2 }),
    urgency({}),
  ];
  assert.equal(order, [0, 1, 2, 3, 4]);
  assert.is(urgency({ announces: false }), 2, 'started by hand, it wakes without a sign');
  const rules = crowdRules(4096, CAP, 1000, 0);
  assert.is(dueUrgency(3, UNLIMITED, rules), 3);
  assert.is(dueUrgency(3, 10 * MIB, rules), 5);
  assert.is(dueUrgency(3, 1024, rules), 6);
});

function planWith(
  crowd: Partial<StandbyCrowd>,
  readings: readonly TorrentReading[] = [],
  settings: Partial<ControlSettings> = {},
) {
  const crowds = new Map([['t', { ...NO_CROWD, ...crowd }]]);
  return plan({ ...planInputOf(readings, settings), crowds });
}

test('a torrent of a crowd that is due gets its limit, but never more than its own', () => {
  const due = [
    { key: 'none', limitBps: UNLIMITED, ownLimitBps: UNLIMITED },
    { key: 'own', limitBps: UNLIMITED, ownLimitBps: 3000 },
    { key: 'low', limitBps: 1035, ownLimitBps: UNLIMITED },
  ];
  const planned = planWith({ limitBps: 8 * KIB, resting: 60, restingBps: 60 * 8 * KIB, waiting: 5, due });
  assert.equal(
    changesOf(planned.calls)
      .map(({ key, toBps, kind, reason }) => `${key} ${toBps} ${kind} ${reason}`)
      .sort(),
    ['low 8192 raise standby limit', 'none 8192 cut standby limit', 'own 3000 cut own limit'],
  );
  const [report] = planned.trackers;
  assert.equal([report?.standby, report?.standbyWaiting, report?.torrents], [63, 5, 68]);
  assert.is(report?.standbyBps, 68 * 8 * KIB);
  assert.is(planned.considered, 68);
});

test('idle torrents of a crowd that were read, as they were active lately, get the limit of the crowd', () => {
  const readings = [readingOf('idle'), readingOf('busy', { usage: usageOf(2 * MIB) })];
  const { calls } = planWith({ limitBps: 2048, resting: 100, restingBps: 100 * 2048 }, readings);
  const idle = changesOf(calls).find(({ key }) => key === 'idle');
  assert.is(idle?.toBps, 2048);
});

test('a torrent that wakes from its standby limit is seen to want more in the first cycle', () => {
  const usage = { ...usageOf(2048, false), latestBps: 2048, spanMs: 2_000 };
  const woken = readingOf('woken', { held: true, limitBps: 2059, usage });
  const { calls } = planWith({ limitBps: 2048, resting: 100, restingBps: 100 * 2048 }, [woken]);
  const [change] = changesOf(calls);
  assert.is(change?.kind, 'raise');
  assert.ok((change?.toBps ?? 0) >= 0.5 * (SETTINGS.trackers[0]?.capBps ?? 0), `${change?.toBps}`);
});

test('torrents in excess of max_managed_torrents get a standby limit, and what they upload comes off the cap', () => {
  const readings = ['a', 'b', 'c'].map((key, index) =>
    readingOf(key, { usage: usageOf((index + 1) * 100 * KIB) }),
  );
  const { calls, trackers } = planWith({}, readings, { maxManagedTorrents: 1 });
  const limits = new Map(changesOf(calls).map(({ key, toBps }) => [key, toBps]));
  assert.ok((limits.get('a') ?? UNLIMITED) <= 0.04 * 4 * MIB, `${limits.get('a')}`);
  assert.is(limits.get('a'), limits.get('b'));
  assert.is(trackers[0]?.excess, 2);
  assert.is(trackers[0]?.outsideBps, 300 * KIB);
});

test.run();
