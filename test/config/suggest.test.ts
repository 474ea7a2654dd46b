import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nearest } from '../../src/config/suggest.ts';

const KNOWN = ['port', 'host', 'update_interval', 'control_interval', 'dry_run'];

for (const [written, meant] of [
  ['prot', 'port'],
  ['Port', 'port'],
  ['ports', 'port'],
  ['update-interval', 'update_interval'],
  ['updateinterval', 'update_interval'],
  ['contorl_interval', 'control_interval'],
  ['dryrun', 'dry_run'],
  ['zzz', null],
  ['', null],
] as const) {
  test(`${JSON.stringify(written)} means ${meant ?? 'nothing known'}`, () => {
    assert.is(nearest(written, KNOWN), meant);
  });
}

test('a name of any length is answered at once', () => {
  const startedAt = performance.now();
  nearest('x'.repeat(1_000_000), KNOWN);
  assert.ok(performance.now() - startedAt < 200);
});

test.run();
