import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TrackerMeans } from '../../src/control/tracker-means.ts';
import type { TrackerSettings } from '../../src/control/types.ts';
import { MIB } from '../../src/control/units.ts';
import { readingOf, usageOf } from '../support/readings.ts';

const test = suite('tracker means');

const A: TrackerSettings = { id: 'a', capBps: MIB, priority: 5 };
const B: TrackerSettings = { id: 'b', capBps: MIB, priority: 5 };

function uploads(trackerId: string, bps: number) {
  return readingOf(`${trackerId} ${bps}`, { trackerId, usage: usageOf(bps) });
}

/** Adds the same readings every second. */
function addFor(
  seconds: number,
  means: TrackerMeans,
  from: number,
  ...args: [trackers: TrackerSettings[], readings: ReturnType<typeof uploads>[]]
): void {
  for (let second = from; second <= from + seconds; second += 1) means.add(...args, second * 1000);
}

test("a tracker's mean is that of its torrents together", () => {
  const means = new TrackerMeans();
  addFor(10, means, 0, [A, B], [uploads('a', 100), uploads('b', 50), uploads('a', 30)]);
  assert.equal(
    [...means.current()],
    [
      ['a', 130],
      ['b', 50],
    ],
  );
});

test('a mean is not known before most of its 10 s are', () => {
  const means = new TrackerMeans();
  addFor(7, means, 0, [A], [uploads('a', 100)]);
  assert.equal(means.current().size, 0);
  addFor(1, means, 7, [A], [uploads('a', 100)]);
  assert.equal(means.current().get('a'), 100);
});

test('what a tracker used fades once it has no torrents', () => {
  const means = new TrackerMeans();
  addFor(10, means, 0, [A], [uploads('a', 100)]);
  addFor(5, means, 11, [A], []);
  assert.equal(means.current().get('a'), 40);
  addFor(5, means, 16, [A], []);
  assert.equal(means.current().get('a'), 0);
});

test('a tracker that is no longer configured is forgotten, and one that comes back starts anew', () => {
  const means = new TrackerMeans();
  addFor(10, means, 0, [A, B], [uploads('a', 100), uploads('b', 100)]);
  addFor(0, means, 11, [B], [uploads('b', 100)]);
  assert.equal([...means.current().keys()], ['b']);
  addFor(7, means, 12, [A, B], [uploads('a', 100), uploads('b', 100)]);
  assert.equal([...means.current().keys()], ['b']);
});

test('torrents of trackers that are not configured count nowhere', () => {
  const means = new TrackerMeans();
  addFor(10, means, 0, [A], [uploads('a', 100), uploads('gone', 100)]);
  assert.equal([...means.current()], [['a', 100]]);
});

test('the mean of the last minute is known when most of it is, and moves as a burst passes', () => {
  const means = new TrackerMeans();
  addFor(40, means, 0, [A], [uploads('a', 60)]);
  assert.equal([...means.lastMinute()], []);
  addFor(20, means, 41, [A], [uploads('a', 60)]);
  assert.equal([...means.lastMinute()], [['a', 60]]);
  addFor(9, means, 62, [A], [uploads('a', 660)]);
  assert.equal([...means.lastMinute()], [['a', 160]]);
  assert.equal([...means.current()], [['a', 660]]);
});

test.run();
