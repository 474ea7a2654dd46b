import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isNestedWithin } from '../../src/qbittorrent/json-depth.ts';

const test = suite('json depth');

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

test('brackets count, those in texts do not, escaped or not', () => {
  const key = fc.constantFrom('a', '[', '"[{', '\\', '\\"{');
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ maxDepth: 4 }, key, fc.nat(), fc.array(tie('any')), fc.dictionary(key, tie('any'))),
  })).any;
  fc.assert(
    fc.property(value, fc.nat(5), (input, most) => {
      assert.is(isNestedWithin(JSON.stringify(input), most), depthOf(input) <= most);
    }),
  );
});

test('brackets without end are found before they are parsed', () => {
  assert.is(isNestedWithin('['.repeat(1_000_000), 32), false);
});

test.run();
