import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waterLevel } from '../../src/simulator/link.ts';

test('there is no level while the link carries everything', () => {
  assert.is(waterLevel(Float64Array.of(1, 2, 3), 6), Number.POSITIVE_INFINITY);
  assert.is(waterLevel(new Float64Array(0), 6), Number.POSITIVE_INFINITY);
});

test('who asks little has it all, the others share the rest evenly', () => {
  assert.is(waterLevel(Float64Array.of(100, 1, 100), 21), 10);
});

test('what is granted fills the link, and never more than it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { maxLength: 50 }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      (asks, capacity) => {
        const level = waterLevel(Float64Array.from(asks), capacity);
        const asked = asks.reduce((sum, ask) => sum + ask, 0);
        const granted = asks.reduce((sum, ask) => sum + Math.min(ask, level), 0);
        assert.ok(Math.abs(granted - Math.min(asked, capacity)) <= 1e-6 * (1 + capacity));
      },
    ),
  );
});

test.run();
