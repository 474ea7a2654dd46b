import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type DemandInput, estimateDemand, pressesOn } from '../../src/control/demand.ts';
import { UNLIMITED } from '../../src/control/units.ts';
import { usageOf } from '../support/readings.ts';

const base: DemandInput = {
  usage: usageOf(50_000),
  limitBps: 100_000,
  ownLimitBps: UNLIMITED,
  previousBps: null,
  sincePressingMs: Number.POSITIVE_INFINITY,
  freePartBps: 0,
  guarded: false,
  leechersConnected: 1,
  activeThresholdBps: 10_240,
};

const cases: readonly (readonly [string, Partial<DemandInput>, number])[] = [
  ['uses less than its limit: wants what it uses', {}, 50_000],
  ['presses: wants twice its limit', { usage: usageOf(90_000) }, 200_000],
  [
    'presses with much free: wants its part of that too',
    { usage: usageOf(90_000), freePartBps: 400_000 },
    500_000,
  ],
  ['presses on a guard: grows faster', { usage: usageOf(90_000), guarded: true }, 1_600_000],
  [
    'is not settled: keeps what was thought',
    { usage: usageOf(90_000, false), previousBps: 123_000 },
    123_000,
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
    { usage: { ...usageOf(85_000), spanMs: 3_000 }, previousBps: 50_000 },
    85_000,
  ],
  [
    'had its demand met and fills a new limit: may want more',
    { usage: { ...usageOf(95_000), spanMs: 3_000 }, previousBps: 50_000 },
    200_000,
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
    assert.is(estimateDemand({ ...base, ...fields }).demandBps, expected);
  });
}

test('pressing takes 80 % over a short window and 90 % over a long one', () => {
  assert.ok(pressesOn({ ...usageOf(80), spanMs: 6_000 }, 100));
  assert.not(pressesOn({ ...usageOf(79), spanMs: 6_000 }, 100));
  assert.not(pressesOn({ ...usageOf(89), spanMs: 12_000 }, 100));
  assert.ok(pressesOn({ ...usageOf(90), spanMs: 12_000 }, 100));
});

test('nobody presses on no limit', () => {
  assert.not(pressesOn(usageOf(1e9), UNLIMITED));
});

test.run();
