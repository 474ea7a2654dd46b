import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasMark, limitToWire } from '../../src/control/limit-mark.ts';
import { KIB, MAX_LIMIT_BPS, UNLIMITED } from '../../src/control/units.ts';

test('no limit is written as 0', () => {
  assert.is(limitToWire(UNLIMITED), 0);
});

test('a limit below the lowest that can be written is written as the lowest', () => {
  assert.is(limitToWire(0), 1035);
  assert.is(limitToWire(1024), 1035);
});

test('property: every written limit has the mark, and at most 0.2 % or 15 B/s below the wanted one', () => {
  fc.assert(
    fc.property(fc.double({ min: 1035, max: MAX_LIMIT_BPS, noNaN: true }), (wanted) => {
      const wire = limitToWire(wanted);
      assert.ok(Number.isInteger(wire) && hasMark(wire), `${wire}`);
      const lost = wanted - wire;
      assert.ok(lost >= 0 && (lost < 16 || lost <= wanted / 500), `${wire} for ${wanted}`);
    }),
  );
});

test('a limit beyond what qBittorrent can keep is written as the highest one with the mark', () => {
  const wire = limitToWire(2 ** 31);
  assert.ok(hasMark(wire) && wire <= MAX_LIMIT_BPS && wire > MAX_LIMIT_BPS - 4096, `${wire}`);
});

test('property: a written limit is written as itself', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1035, max: MAX_LIMIT_BPS }), (wanted) => {
      const wire = limitToWire(wanted);
      assert.is(limitToWire(wire), wire);
    }),
  );
});

test('arbitrary values of 100 kB/s and more seldom have the mark', () => {
  const values = Array.from({ length: 1_000_000 }, (_, n) => 100_000 + n);
  const part = values.filter(hasMark).length / values.length;
  assert.ok(part < 1 / 300, `${part}`);
});

test('property: limits in whole KiB/s, as people set them, and multiples of 10 never have the mark', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2_000_000 }), (n) => {
      assert.not(hasMark(n * KIB));
      assert.not(hasMark(n * 10));
    }),
  );
});

test.run();
