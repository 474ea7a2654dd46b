import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Counter } from '../../src/metrics/counter.ts';
import { stateSamples } from '../../src/metrics/family.ts';
import { Histogram } from '../../src/metrics/histogram.ts';

const test = suite('families of series');

test('a counter keeps a series for each set of labels, and has the known ones from the start', () => {
  const counter = new Counter('c_total', 'A.', [{ kind: 'cut' }, { kind: 'raise' }]);
  counter.add(2, { kind: 'cut' });
  counter.add(3, { kind: 'cut' });
  counter.add(1, { kind: 'release' });
  assert.equal(counter.samples(), [
    { labels: { kind: 'cut' }, value: 5 },
    { labels: { kind: 'raise' }, value: 0 },
    { labels: { kind: 'release' }, value: 1 },
  ]);
});

test('a histogram counts each observation in every bucket that it fits in, its bound included', () => {
  const histogram = new Histogram('h', 'A.', [1, 2]);
  for (const value of [0.5, 1, 1.5, 9]) histogram.observe(value, { of: 'x' });
  assert.equal(histogram.samples(), [
    { suffix: '_bucket', labels: { of: 'x', le: '1' }, value: 2 },
    { suffix: '_bucket', labels: { of: 'x', le: '2' }, value: 3 },
    { suffix: '_bucket', labels: { of: 'x', le: '+Inf' }, value: 4 },
    { suffix: '_sum', labels: { of: 'x' }, value: 12 },
    { suffix: '_count', labels: { of: 'x' }, value: 4 },
  ]);
});

test('a histogram without observations has its known series, all at 0', () => {
  const histogram = new Histogram('h', 'A.', [1], [{}]);
  assert.equal(
    histogram.samples().map(({ value }) => value),
    [0, 0, 0, 0],
  );
});

test('a state is a series for each, and 1 in one only', () => {
  assert.equal(stateSamples(['a', 'b'], 'b', { tracker: 't' }), [
    { labels: { tracker: 't', state: 'a' }, value: 0 },
    { labels: { tracker: 't', state: 'b' }, value: 1 },
  ]);
});

test.run();
