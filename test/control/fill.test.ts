import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Fill, fillUp, nextFill, showsSlack } from '../../src/control/fill.ts';
import { UNLIMITED } from '../../src/control/units.ts';
import { fullFill, usageOf } from '../support/readings.ts';

/** One step each 2 s: the limit in force, and what the sample that came then says. */
function after(
  steps: readonly (readonly [limitBps: number, latestBps: number])[],
  from: Fill | null = null,
): Fill {
  let fill = from;
  for (const [index, [limitBps, latestBps]] of steps.entries()) {
    const next = fullFill(0);
    nextFill(next, fill, usageOf(latestBps), limitBps, index * 2_000);
    fill = next;
  }
  if (fill === null) throw new RangeError('expected at least one step');
  return fill;
}

const moving = [50, 100, 56, 95, 60, 90, 50, 100] as const;

test('a torrent that uses little of limits that never stand still shows slack', () => {
  const steps = moving.map((limitBps): [number, number] => [limitBps, 25]);
  assert.ok(showsSlack(after(steps), (steps.length - 1) * 2_000));
});

test('one that follows them does not, though a raise shows only with the next sample', () => {
  const steps = moving.map((limitBps, index): [number, number] => [limitBps, moving[index - 1] ?? limitBps]);
  assert.not(showsSlack(after(steps), (steps.length - 1) * 2_000));
});

test('a large raise that is met within three samples is no slack', () => {
  const steps = [
    [40, 40],
    [40, 40],
    [250, 40],
    [250, 120],
    [250, 230],
    [250, 250],
  ] as const;
  for (let length = 1; length <= steps.length; length += 1)
    assert.not(showsSlack(after(steps.slice(0, length)), (length - 1) * 2_000), `after ${length}`);
});

test('an ebb of 4 s is no slack yet, and one of 10 s is', () => {
  const full = fullFill(100);
  const ebb = (samples: number) => after(Array<[number, number]>(samples).fill([100, 10]), full);
  assert.not(showsSlack(ebb(2), 2_000));
  assert.ok(showsSlack(ebb(5), 8_000));
});

test('one that is believed to take all has no slack, whatever was before', () => {
  const fill = { ...fullFill(100), usedBps: 1, slackSince: 0 };
  fillUp(fill, 300);
  assert.equal(fill, fullFill(300));
});

test('a limit that was none says nothing of the one after it', () => {
  const fill = after([
    [UNLIMITED, 500],
    [100, 80],
  ]);
  assert.equal([fill.allowedBps, fill.usedBps, fill.slackSince], [100, 80, null]);
});

test.run();
