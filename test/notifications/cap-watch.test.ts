import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CannotHold, TrackerReport } from '../../src/control/types.ts';
import { UNLIMITED } from '../../src/control/units.ts';
import { CapWatch } from '../../src/notifications/cap-watch.ts';

const MIB = 1024 * 1024;
const test = suite('caps that are not held');

function report(usageBps: number, extra: Partial<TrackerReport> = {}): TrackerReport {
  return {
    id: 't',
    capBps: MIB,
    effectiveCapBps: MIB,
    usageBps,
    cannotHold: null,
    ...extra,
  } as TrackerReport;
}

/** Looks every 2 s, once for each usage. */
function looked(watch: CapWatch, usages: readonly number[], from = 0, extra: Partial<TrackerReport> = {}) {
  return usages.flatMap((usage, index) => watch.look([report(usage, extra)], from + index * 2_000));
}

const MINUTE = 31;
const over = (cycles: number) => Array<number>(cycles).fill(1.1 * MIB);
const within = (cycles: number) => Array<number>(cycles).fill(1.04 * MIB);

test('one is told after a minute over its cap, once, and once when it has been held for a minute', () => {
  const watch = new CapWatch();
  assert.equal(looked(watch, over(MINUTE - 1)), []);
  const [told, ...more] = looked(watch, over(MINUTE * 2), (MINUTE - 1) * 2_000);
  assert.is(told?.trackerId, 't');
  assert.match(told?.problem ?? '', /^it uploads 1\.10 MiB\/s, and may 1\.00 MiB\/s$/);
  assert.equal(more, []);
  assert.equal(looked(watch, within(MINUTE * 2), 300_000), [{ trackerId: 't', problem: null }]);
});

test('a crest now and then is no fault, nor a dip its end', () => {
  const watch = new CapWatch();
  assert.equal(looked(watch, [...over(20), ...within(1), ...over(20), ...within(1), ...over(20)]), []);
  assert.is(looked(watch, over(MINUTE), 200_000).length, 1);
  assert.equal(looked(watch, [...within(20), ...over(1), ...within(20)], 400_000), []);
});

test('what borrows may use what it borrowed, and one without a cap is never over it', () => {
  assert.equal(looked(new CapWatch(), over(MINUTE * 2), 0, { effectiveCapBps: 1.1 * MIB }), []);
  assert.equal(looked(new CapWatch(), over(MINUTE * 2), 0, { effectiveCapBps: UNLIMITED }), []);
});

test('torrents that are not ours to limit are named as the reason', () => {
  const cannotHold: CannotHold = 'rollout';
  const [told] = looked(new CapWatch(), over(MINUTE), 0, { cannotHold, outsideRolloutBps: 1.1 * MIB });
  assert.match(told?.problem ?? '', /can't be held: torrents that rollout/);
});

test('a tracker that is gone is forgotten', () => {
  const watch = new CapWatch();
  looked(watch, over(MINUTE - 1));
  watch.look([], 61_000);
  assert.equal(looked(watch, over(1), 62_000), []);
});

test.run();
