import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MIB } from '../../src/control/units.ts';
import type { TrackerMeasure } from './measures.ts';
import { busyLine, costLine, measureTable } from './table.ts';

const test = suite('lab table');

const ROW: TrackerMeasure = {
  id: 'a',
  use: 0.9,
  mean: 0.95,
  worst10: 1.0126,
  p95: 1,
  worst5: 1.1,
  start10: null,
  settle: [],
  late: [],
};

test('columns are aligned, and what there is nothing to say of is a dash', () => {
  const lines = measureTable([ROW, { ...ROW, id: 'a longer name', use: 12.3456 }]).split('\n');
  assert.is(lines.length, 3);
  assert.is(new Set(lines.map((line) => line.length)).size, 1);
  assert.match(lines[1] ?? '', /^a {2,}0\.900 +0\.950 +1\.013 +1\.000 +1\.100 +- +- +-$/);
  assert.match(lines[2] ?? '', /^a longer name {2,}12\.346 /);
});

test('of times the median and the longest are shown, and never is the longest of all', () => {
  const cell = (settle: readonly number[]) =>
    measureTable([{ ...ROW, settle }])
      .split('\n')[1]
      ?.split(/ {2,}/)[7];
  assert.is(cell([9, 3, 5]), '5/9 (3)');
  assert.is(cell([4, 2]), '2/4 (2)');
  assert.is(cell([-1, 3, 5]), '5/never (3)');
  assert.is(cell([-1]), 'never/never (1)');
});

test('calls and writes are by the minute, the service in MiB and parts of a core', () => {
  const trace = { seconds: 120, calls: 100, writes: 7 };
  assert.is(costLine({ ...trace, service: null }), '50.0 calls/min, 3.5 writes/min');
  assert.is(
    costLine({ ...trace, service: { peakRssBytes: 61.4 * MIB, endRssBytes: 55 * MIB, cpu: 0.0123 } }),
    '50.0 calls/min, 3.5 writes/min; service: RSS 55 MiB (peak 61), CPU 1.2 %',
  );
  assert.is(busyLine({ seeder: 0.052, leecher: 0.1 }), 'CPU of the whole: seeder 5 %, leecher 10 %');
});

test.run();
