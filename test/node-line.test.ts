import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nodeLineWarning } from '../src/node-line.ts';

const on = (day: string) => new Date(`${day}T12:00:00Z`);

test('a line without security fixes is warned of, from the day after its last', () => {
  assert.is(nodeLineWarning('20.20.2', on('2026-04-30')), null);
  assert.match(nodeLineWarning('20.20.2', on('2026-05-01')) ?? '', /20\.20\.2 gets no security fixes since/);
  assert.match(nodeLineWarning('24.18.1', on('2028-05-01')) ?? '', /since 2028-04-30/);
});

test('a release before the fix is warned of, with the one that has it', () => {
  const day = on('2026-09-01');
  assert.match(nodeLineWarning('24.18.0', day) ?? '', /use 24\.18\.1 or later/);
  assert.match(nodeLineWarning('22.9.9', day) ?? '', /use 22\.23\.2 or later/);
  for (const fixed of ['22.23.2', '24.18.1', '24.19.0', '26.5.1', '27.0.0', '28.1.0']) {
    assert.is(nodeLineWarning(fixed, day), null, fixed);
  }
});

test('an odd or older line is warned of, a line that is newer than this release is not', () => {
  for (const version of ['18.20.8', '21.7.3', '23.11.1', '25.9.0']) {
    assert.match(nodeLineWarning(version, on('2026-09-01')) ?? '', /gets no security fixes/, version);
  }
  assert.is(nodeLineWarning('30.0.0', on('2030-01-01')), null);
});

test.run();
