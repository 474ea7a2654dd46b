import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addSamples, meanRate, type Sample, summarize, windowRates } from './rate-windows.ts';

const test = suite('rate windows');

/** One sample a second, each this many bytes further. */
function counter(...steps: number[]): Sample[] {
  let bytes = 0;
  return [0, ...steps].map((step, index) => {
    bytes += step;
    return { atMs: index * 1000, bytes };
  });
}

test('the mean is taken from the first to the last sample, not over the steps', () => {
  assert.is(
    meanRate([
      { atMs: 1000, bytes: 500 },
      { atMs: 1500, bytes: 600 },
      { atMs: 3000, bytes: 2500 },
    ]),
    1000,
  );
  assert.is(meanRate(counter()), 0);
});

test('a burst shows in the worst window at its full height, and not in the windows beside it', () => {
  const samples = counter(10, 10, 10, 90, 10, 10, 10);
  assert.equal(windowRates(samples, 2000), [10, 10, 50, 50, 10, 10]);
  assert.equal(summarize(samples, 2000), {
    meanBps: 150 / 7,
    worstWindowBps: 50,
    p95WindowBps: 50,
  });
});

test('19 windows of 20 are at or under the p95', () => {
  const samples = counter(...Array.from({ length: 19 }, () => 10), 100);
  const { worstWindowBps, p95WindowBps } = summarize(samples, 1000);
  assert.is(worstWindowBps, 100);
  assert.is(p95WindowBps, 10);
});

test('too few samples for one window are an error, not a rate of 0 that would pass for a kept cap', () => {
  assert.throws(() => summarize(counter(10, 10), 10_000), /expected samples over at least 10000 ms/);
  assert.throws(() => summarize([], 10_000), RangeError);
});

test("torrents' counters are added up moment by moment", () => {
  assert.equal(addSamples([counter(1, 2), counter(10, 20)]), counter(11, 22));
});

test.run();
