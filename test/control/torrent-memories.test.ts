import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TorrentMemories } from '../../src/control/torrent-memories.ts';
import type { TorrentMemory } from '../../src/control/types.ts';

const bps = fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constant(Number.POSITIVE_INFINITY));
const time = fc.oneof(fc.integer({ min: 0 }), fc.constant(Number.NEGATIVE_INFINITY));
const memory: fc.Arbitrary<TorrentMemory> = fc
  .record({
    demandBps: bps,
    pressedAt: time,
    activeAt: time,
    weight: fc.double({ min: 0.01, max: 1, noNaN: true }),
    appetite: fc.constantFrom('unknown' as const, 'hungry' as const, 'met' as const),
    limitBps: bps,
    allowedBps: bps,
    usedBps: bps,
    slackSince: fc.option(fc.integer({ min: 0 })),
  })
  .map(({ limitBps, allowedBps, usedBps, slackSince, ...known }) => ({
    ...known,
    fill: { limitBps, allowedBps, usedBps, slackSince },
  }));
const entries = fc
  .uniqueArray(fc.tuple(fc.string({ minLength: 1, maxLength: 4 }), memory), { selector: ([key]) => key })
  .map((list) => list.sort(([a], [b]) => (a < b ? -1 : 1)));

function kept(list: readonly (readonly [string, TorrentMemory])[]): TorrentMemories {
  return TorrentMemories.of(
    list,
    ([key]) => key,
    ([, known]) => known,
  );
}

test('property: whatever is put in comes out again, in any order of asking', () => {
  fc.assert(
    fc.property(entries, fc.array(fc.nat()), (list, asked) => {
      const memories = kept(list);
      assert.is(memories.size, list.length);
      for (const [key, known] of list) assert.equal(memories.get(key), known);
      if (list.length === 0) return;
      for (const number of asked) {
        const [key, known] = list[number % list.length] ?? ['', null];
        assert.equal(memories.get(key), known);
      }
    }),
  );
});

test('property: of any other torrent nothing is known', () => {
  fc.assert(
    fc.property(entries, fc.array(fc.string({ maxLength: 5 })), (list, asked) => {
      const memories = kept(list);
      const keys = new Set(list.map(([key]) => key));
      for (const key of asked) assert.is(memories.get(key) === null, !keys.has(key));
    }),
  );
});

test('without torrents there is nothing', () => {
  assert.is(TorrentMemories.NONE.size, 0);
  assert.is(TorrentMemories.NONE.get('q:a'), null);
});

test.run();
