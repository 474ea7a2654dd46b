import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { groupCalls, withinBudget } from '../../src/control/calls.ts';
import { limitToWire } from '../../src/control/limit-mark.ts';
import type { LimitChange } from '../../src/control/types.ts';
import { UNLIMITED } from '../../src/control/units.ts';

function change(key: string, fields: Partial<LimitChange> = {}): LimitChange {
  return {
    key,
    trackerId: 't',
    fromBps: UNLIMITED,
    toBps: 50_000,
    binds: true,
    kind: 'cut',
    reason: 'level',
    ...fields,
  };
}

test('torrents that share a limit share a call', () => {
  const calls = groupCalls(['a', 'b', 'c'].map((key) => change(key)));
  assert.is(calls.length, 1);
  assert.is(calls[0]?.changes.length, 3);
});

test('cuts come first, then releases, then raises, over all trackers', () => {
  const calls = groupCalls([
    change('a', { kind: 'raise' }),
    change('b', { kind: 'release', toBps: UNLIMITED, reason: 'released: idle' }),
    change('c', { trackerId: 'u', kind: 'cut' }),
  ]);
  assert.equal(
    calls.map((call) => call.kind),
    ['cut', 'release', 'raise'],
  );
  assert.is(calls[1]?.toWire, 0);
});

test('different limits are sent in different calls', () => {
  const calls = groupCalls([
    change('a', { reason: 'headroom', toBps: 33_333 }),
    change('b', { reason: 'headroom', toBps: 44_444 }),
  ]);
  assert.equal(calls.map((call) => call.toWire).sort(), [limitToWire(33_333), limitToWire(44_444)]);
});

test('a share below the lowest limit is written as the lowest limit, an original limit exactly', () => {
  assert.is(groupCalls([change('a', { toBps: 3 })])[0]?.toWire, limitToWire(0));
  assert.is(groupCalls([change('a', { kind: 'release', toBps: 3 })])[0]?.toWire, 3);
});

test('where calls are too many, trackers take turns, and another one begins each time', () => {
  const calls = groupCalls(
    ['t', 'u', 'v'].flatMap((trackerId) => [
      change(`${trackerId} cut`, { trackerId, toBps: 2_000 }),
      change(`${trackerId} raise`, { trackerId, toBps: 9_000, kind: 'raise' }),
    ]),
  );
  const namesAt = (most: number, turn: number) =>
    withinBudget(calls, most, turn).map((call) => `${call.trackerId} ${call.kind}`);
  assert.equal(namesAt(1, 0), ['t cut']);
  assert.equal(namesAt(1, 1), ['u cut']);
  assert.equal(namesAt(1, 2), ['v cut']);
  assert.equal(namesAt(4, 1), ['u cut', 'v cut', 't cut', 'u raise']);
  assert.is(namesAt(6, 0).length, 6);
});

test.run();
