import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LiveStats, LiveTracker } from '../../src/service/live-types.ts';
import { SeriesSet } from '../../src/web/live/series.ts';

const START = 1_700_000_000_000;

function statsAt(ms: number, usage_bps: number, ids: readonly string[] = ['a']): LiveStats {
  const tracker = (id: string): LiveTracker => ({
    id,
    name: id,
    state: 'within',
    since: null,
    cap_bps: 4000,
    effective_cap_bps: 4000,
    borrowed_bps: 0,
    lent_bps: 0,
    usage_bps,
    mean_10s_bps: usage_bps,
    torrents: 0,
    managed_torrents: 0,
    standby_torrents: 0,
    standby_waiting_torrents: 0,
    active_torrents: 0,
    cap_problem: null,
  });
  return { at: START + ms, trackers: ids.map(tracker) };
}

test("the server's history comes first, and the live stats go on from it", () => {
  const set = new SeriesSet();
  set.add(statsAt(0, 9));
  set.begin({
    span_seconds: 600,
    at: [START - 2000, START],
    trackers: { a: { usage_bps: [1, 2], effective_cap_bps: [4000, null] } },
  });
  set.add(statsAt(0, 9));
  set.add(statsAt(2000, 3));
  assert.equal(set.of('a'), {
    at: [START / 1000 - 2, START / 1000, START / 1000 + 2],
    usage: [1, 2, 3],
    cap: [4000, null, 4000],
  });
});

test('no line is drawn over a time in which nothing was measured', () => {
  const set = new SeriesSet();
  set.add(statsAt(0, 1));
  set.add(statsAt(60_000, 2));
  assert.equal(set.of('a').usage, [1, null, 2]);
  assert.equal(set.of('a').at, [START / 1000, START / 1000 + 1, START / 1000 + 60]);
});

test('it keeps ten minutes, and only trackers that there are', () => {
  const set = new SeriesSet();
  for (let ms = 0; ms <= 1_200_000; ms += 2000) set.add(statsAt(ms, ms, ['a', 'b']));
  const { at, usage, cap } = set.of('a');
  assert.is(at.length, 301);
  assert.is(usage.length, 301);
  assert.is(cap.length, 301);
  set.add(statsAt(1_202_000, 0, ['b']));
  assert.equal(set.of('a').at, []);
  assert.ok(set.of('b').at.length > 300);
});

test('stats from before the first cycle add nothing', () => {
  const set = new SeriesSet();
  set.add({ ...statsAt(0, 1), at: null });
  assert.equal(set.of('a').at, []);
});

test.run();
