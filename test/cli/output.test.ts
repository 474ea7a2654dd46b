import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { count, styled, table, takesColours } from '../../src/cli/output.ts';
import { progressLine, withProgress } from '../../src/cli/progress.ts';
import { humanSpan } from '../../src/cli/rollout.ts';

const test = suite('what the command line prints');

test('colours are for terminals, and not where NO_COLOR is set to something', () => {
  assert.is(takesColours({ isTTY: true }, {}), true);
  assert.is(takesColours({ isTTY: true }, { NO_COLOR: '' }), true);
  assert.is(takesColours({ isTTY: true }, { NO_COLOR: '1' }), false);
  assert.is(takesColours({ isTTY: true }, { TERM: 'dumb' }), false);
  assert.is(takesColours({}, {}), false);
});

test('without a terminal a styled text is the text', () => {
  assert.is(styled('red', 'plain'), process.stdout.isTTY ? '\x1b[31mplain\x1b[39m' : 'plain');
});

test('columns are as wide as their widest cell, and no line ends in spaces', () => {
  const lines = table([
    ['A', 'LONG'],
    ['wide cell', ''],
    ['b', 'c'],
  ]);
  assert.equal(lines, ['A          LONG', 'wide cell', 'b          c']);
});

test('a bar shows how far the work is, and never less than none or more than all', () => {
  assert.is(progressLine(0.5, 'measuring'), '[############------------]  50 % measuring');
  assert.is(progressLine(-1, 'x'), `[${'-'.repeat(24)}]   0 % x`);
  assert.is(progressLine(7, 'x'), `[${'#'.repeat(24)}] 100 % x`);
});

test('work without a terminal just runs, its failure too', async () => {
  assert.is(
    await withProgress(
      'x',
      () => 0,
      async () => 5,
    ),
    5,
  );
  const failure = await withProgress(
    'x',
    () => 0,
    () => Promise.reject(new Error('no')),
  ).catch((e: Error) => e.message);
  assert.is(failure, 'no');
});

test('numbers and time spans are written as people do', () => {
  assert.equal([count(1, 'torrent'), count(2, 'torrent')], ['1 torrent', '2 torrents']);
  assert.equal([90, 120, 3600, 5400, 86_400].map(humanSpan), ['90 s', '2 min', '1 h', '90 min', '24 h']);
});

test.run();
