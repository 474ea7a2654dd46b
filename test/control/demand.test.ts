import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type DemandInput, estimateDemand, type Neighbours } from '../../src/control/demand.ts';
import { UNLIMITED } from '../../src/control/units.ts';
import { usageOf } from '../support/readings.ts';

const alone: Neighbours = { guardBps: 100_000, pressing: 1, freePartBps: 0, risingPart: 1 };

const base: DemandInput = {
  usage: usageOf(50_000),
  limitBps: 100_000,
  ownLimitBps: UNLIMITED,
  previousBps: null,
  appetite: 'hungry',
  sincePressingMs: Number.POSITIVE_INFINITY,
  usedBps: 50_000,
  slack: false,
  guarded: false,
  leechersConnected: 1,
  activeThresholdBps: 10_240,
  neighbours: alone,
};

const swelling = { usage: { ...usageOf(85_000), spanMs: 3_000 }, previousBps: 50_000 };

const cases: readonly (readonly [string, Partial<DemandInput>, number])[] = [
  ['uses less than its limit: wants what it uses', {}, 50_000],
  ['presses: wants twice its limit', { usage: usageOf(90_000) }, 200_000],
  [
    'presses among many: wants little more than its limit',
    { usage: usageOf(90_000), neighbours: { ...alone, pressing: 25 } },
    120_000,
  ],
  [
    'presses with much free: wants its part of that too',
    { usage: usageOf(90_000), neighbours: { ...alone, freePartBps: 400_000 } },
    500_000,
  ],
  [
    'presses with much free, where few of many rise: wants a small part of that',
    { usage: usageOf(90_000), neighbours: { ...alone, freePartBps: 2_000_000, risingPart: 0.1 } },
    300_000,
  ],
  [
    'presses though its demand was met until now: wants no part of what is free',
    {
      usage: usageOf(95_000),
      appetite: 'met',
      neighbours: { ...alone, freePartBps: 400_000 },
    },
    200_000,
  ],
  ['presses on a guard: grows faster', { usage: usageOf(90_000), guarded: true }, 1_600_000],
  [
    'wakes on a guard that is large, as much is free: grows from what all may have',
    { usage: usageOf(90_000), guarded: true, neighbours: { ...alone, guardBps: 10_000 } },
    200_000,
  ],
  [
    'wakes on its guard and was not judged under it yet: wants more',
    { usage: usageOf(30_000, false), guarded: true, previousBps: 0, appetite: 'unknown' },
    1_600_000,
  ],
  [
    'is not settled: keeps what was thought',
    { usage: usageOf(90_000, false), previousBps: 123_000 },
    123_000,
  ],
  [
    'is never settled, but long used little of all its limits: wants what it uses',
    { usage: usageOf(50_000, false), previousBps: 700_000, slack: true },
    50_000,
  ],
  ['is idle and was never judged, as after a restart: wants nothing', { usage: usageOf(0, false) }, 0],
  ['presses and was never judged: may want more', { usage: usageOf(95_000, false) }, 200_000],
  ['has no limit and uploads: may want everything', { limitBps: UNLIMITED }, UNLIMITED],
  ['has no limit and is idle: wants nothing yet', { limitBps: UNLIMITED, usage: usageOf(0) }, 0],
  ['wants more than its user allows: wants that', { usage: usageOf(90_000), ownLimitBps: 150_000 }, 150_000],
  [
    'has one empty sample: may still want what it uses',
    { usage: { ...usageOf(50_000), latestBps: 0 } },
    50_000,
  ],
  [
    'stopped, its leechers gone: wants nothing more, whatever the window says',
    { usage: { ...usageOf(50_000), shortBps: 0 }, previousBps: 50_000, leechersConnected: 0 },
    0,
  ],
  [
    'had its demand met and swells for three seconds under a new limit: wants what it uses',
    { ...swelling, appetite: 'met' },
    85_000,
  ],
  ['just woke, and swells: wants what it uses', { ...swelling, appetite: 'unknown' }, 85_000],
  [
    'swells among many: counts with what it uses on average, and little of the crest',
    { ...swelling, appetite: 'met', neighbours: { ...alone, risingPart: 0.1 } },
    53_500,
  ],
  [
    'had its demand met and fills a new limit for as long as a swell lasts: may want more',
    { usage: { ...usageOf(95_000), spanMs: 6_000 }, previousBps: 50_000, appetite: 'met' },
    200_000,
  ],
  [
    'had its demand met and fills a new limit for 3 s, as the crest of a swell does: wants what it uses',
    { usage: { ...usageOf(95_000), spanMs: 3_000 }, previousBps: 50_000, appetite: 'met' },
    95_000,
  ],
  [
    'is still for a sample or two with leechers connected: goes on wanting what it used',
    { usage: { ...usageOf(50_000), latestBps: 0, shortBps: 0 }, previousBps: 50_000 },
    50_000,
  ],
  [
    'pressed a moment ago and waits for room: is believed through one low sample',
    { usage: usageOf(60_000), previousBps: 300_000, sincePressingMs: 2_000 },
    300_000,
  ],
  [
    'pressed long ago: is not',
    { usage: usageOf(60_000), previousBps: 300_000, sincePressingMs: 8_000 },
    60_000,
  ],
];

for (const [what, fields, expected] of cases) {
  test(`a torrent that ${what}`, () => {
    assert.is(Math.round(estimateDemand({ ...base, ...fields }).demandBps), expected);
  });
}

const long = (bps: number) => ({ ...usageOf(bps), spanMs: 12_000 });

const appetites: readonly (readonly [string, Partial<DemandInput>, DemandInput['appetite']])[] = [
  ['presses is hungry', { usage: usageOf(95_000), appetite: 'met' }, 'hungry'],
  [
    'fills its guard just after it woke is hungry',
    { usage: { ...usageOf(95_000), spanMs: 3_000 }, appetite: 'unknown' },
    'hungry',
  ],
  ['pressed, and has not yet been seen for long to use less, stays hungry', {}, 'hungry'],
  ['uses less than its limit for longer than a swell has its demand met', { usage: long(50_000) }, 'met'],
  [
    'leaves limits that move unused has its demand met',
    { usage: usageOf(50_000, false), slack: true },
    'met',
  ],
  ['just woke is unknown until then', { appetite: 'unknown' }, 'unknown'],
  [
    'stopped is unknown',
    { usage: { ...usageOf(50_000), shortBps: 0 }, previousBps: 50_000, leechersConnected: 0 },
    'unknown',
  ],
];

for (const [what, fields, expected] of appetites) {
  test(`one that ${what}`, () => {
    assert.is(estimateDemand({ ...base, ...fields }).appetite, expected);
  });
}

test.run();
