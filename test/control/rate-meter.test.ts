import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RateMeter } from '../../src/control/rate-meter.ts';

/** Feeds a counter as it stands from sample to sample, 2 s apart; one that stands still isn't sampled. */
function feed(
  meter: RateMeter,
  counters: readonly number[],
  startAt = 0,
  before: number | null = null,
): void {
  counters.forEach((bytes, index) => {
    meter.begin(startAt + index * 2_000);
    const last = index === 0 ? before : (counters[index - 1] ?? null);
    if (bytes !== last) meter.sample('a', last, bytes);
  });
}

test('a rate is bytes over real elapsed time, over the last 6 s', () => {
  const meter = new RateMeter();
  feed(meter, [0, 2_000, 4_000, 6_000, 12_000]);
  const usage = meter.usage('a', null);
  assert.is(usage.rateBps, 10_000 / 6);
  assert.is(Math.round(usage.rateBps), 1_667);
  assert.is(usage.latestBps, 3_000);
  assert.is(usage.longBps, 1_500);
  assert.ok(usage.settled);
});

test('at first sight the client own figure stands in', () => {
  const meter = new RateMeter();
  feed(meter, [5_000]);
  assert.is(meter.usage('a', null, 777).rateBps, 777);
  assert.not(meter.usage('a', null, 777).settled);
  meter.begin(2_000);
  assert.is(meter.usage('a', null, 777).rateBps, 0, 'from the second sample on it is measured');
});

test('a torrent that wakes was idle before, not unknown', () => {
  const meter = new RateMeter();
  feed(meter, [100, 100, 100, 100, 6_100]);
  assert.is(meter.usage('a', null).rateBps, 1_000);
});

test('one that woke is judged by what came since, and is not settled before that suffices', () => {
  const meter = new RateMeter();
  const counters = [...Array(8).fill(100), 6_100];
  feed(meter, counters);
  const woken = meter.usage('a', null);
  assert.is(woken.longBps, 3_000);
  assert.is(woken.spanMs, 2_000);
  assert.not(woken.settled);
  feed(meter, [12_100], counters.length * 2_000, 6_100);
  assert.ok(meter.usage('a', null).settled);
  assert.is(meter.usage('a', null).longBps, 3_000);
});

test('it is settled only with two intervals and 3 s after the limit changed', () => {
  const meter = new RateMeter();
  feed(meter, [0, 1_000, 2_000]);
  assert.not(meter.usage('a', 500).settled, 'samples at 2 s and 4 s are one interval');
  meter.begin(6_000);
  meter.sample('a', 2_000, 8_000);
  const usage = meter.usage('a', 500);
  assert.ok(usage.settled);
  assert.is(usage.rateBps, 7_000 / 4, 'judged on what came after the change alone');
});

test('before anything is sampled after a change, what it used before still counts', () => {
  const meter = new RateMeter();
  feed(meter, [0, 4_000, 8_000, 12_000]);
  assert.is(meter.usage('a', 6_500).rateBps, 2_000);
});

test('a counter that fell starts anew instead of giving a negative rate', () => {
  const meter = new RateMeter();
  feed(meter, [50_000, 60_000, 0, 2_000]);
  assert.ok(meter.usage('a', null).rateBps >= 0);
  assert.ok(meter.usage('a', null).latestBps <= 1_000);
});

test('a torrent that has stood still for long has no rate', () => {
  const meter = new RateMeter();
  feed(meter, [0, 9_000, ...Array(10).fill(9_000)]);
  assert.is(meter.usage('a', null).rateBps, 0);
});

test('one that came while others were there has the client own figure until its second sample', () => {
  const meter = new RateMeter();
  feed(meter, [0, 1_000, 2_000]);
  meter.begin(6_000);
  meter.sample('b', null, 50_000);
  assert.is(meter.usage('b', null, 777).rateBps, 777);
  meter.begin(8_000);
  meter.sample('b', 50_000, 54_000);
  assert.is(meter.usage('b', null, 777).latestBps, 2_000);
});

test('a torrent that was removed and added again starts anew', () => {
  const meter = new RateMeter();
  feed(meter, [0, 4_000, 8_000]);
  meter.begin(6_000);
  meter.sample('a', null, 500);
  assert.is(meter.usage('a', null, 30).rateBps, 30);
});

test.run();
