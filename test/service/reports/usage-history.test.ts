import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TrackerReport } from '../../../src/control/types.ts';
import { UNLIMITED } from '../../../src/control/units.ts';
import { UsageHistory } from '../../../src/service/reports/usage-history.ts';

const START = 1_700_000_000_000;

function reportOf(id: string, usageBps: number, effectiveCapBps: number): TrackerReport {
  return {
    id,
    usageBps,
    effectiveCapBps,
    capBps: effectiveCapBps,
    borrowedBps: 0,
    lentBps: 0,
    wantBps: 0,
    outsideBps: 0,
    levelBps: UNLIMITED,
    trim: 1,
    torrents: 0,
    managed: 0,
    standby: 0,
    standbyBps: 0,
    standbyWaiting: 0,
    excess: 0,
    active: 0,
    outsideRolloutBps: 0,
    cannotHold: null,
  };
}

test('it shows the last ten minutes of each tracker, oldest first, in whole bytes', () => {
  const history = new UsageHistory();
  history.add(START, [reportOf('a', 1000.4, 4000), reportOf('free', 7, UNLIMITED)]);
  history.add(START + 2000, [reportOf('a', 3000, 5000), reportOf('free', 8, UNLIMITED)]);
  assert.equal(history.report(START + 2000), {
    span_seconds: 600,
    at: [START, START + 2000],
    trackers: {
      a: { usage_bps: [1000, 3000], effective_cap_bps: [4000, 5000] },
      free: { usage_bps: [7, 8], effective_cap_bps: [null, null] },
    },
  });
  assert.equal(history.report(START + 601_000).at, [START + 2000]);
  assert.equal(history.report(START + 700_000).at, []);
});

test('it stays as large as ten minutes of cycles, however long it runs and however quick they are', () => {
  const history = new UsageHistory();
  for (let ms = 0; ms < 3_600_000; ms += 500) history.add(START + ms, [reportOf('a', ms, 4000)]);
  const { at, trackers } = history.report(START + 3_600_000);
  assert.ok(at.length >= 290 && at.length <= 300, String(at.length));
  assert.ok((at[0] ?? 0) - START <= 3_000_000 + 2000, 'and reaches back over all of them');
  assert.is(trackers.a?.usage_bps.at(-1), (at.at(-1) ?? 0) - START);
  assert.equal([...at].sort(), at);
});

test('a tracker that comes later has a gap before, one that is gone is forgotten', () => {
  const history = new UsageHistory();
  history.add(START, [reportOf('a', 1, 10)]);
  history.add(START + 2000, [reportOf('b', 2, 20)]);
  assert.equal(history.report(START + 2000).trackers, {
    b: { usage_bps: [null, 2], effective_cap_bps: [null, 20] },
  });
});

test('a clock that is set back begins it anew', () => {
  const history = new UsageHistory();
  history.add(START, [reportOf('a', 1, 10)]);
  history.add(START - 3_600_000, [reportOf('a', 2, 10)]);
  assert.equal(history.report(START - 3_600_000).at, [START - 3_600_000]);
});

test.run();
