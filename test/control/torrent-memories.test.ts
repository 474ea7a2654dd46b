import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TorrentMemories } from '../../src/control/torrent-memories.ts';
import type { TorrentMemory } from '../../src/control/types.ts';

const bps = fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constant(Number.POSITIVE_INFINITY));
const time = fc.oneof(fc.integer({ min: 0 }), fc.constant(Number.NEGATIVE_INFINITY));
const memory: fc.Arbitrary<TorrentMemory> = fc.record({
  demandBps: bps,
  pressedAt: time,
  activeAt: time,
  weight: fc.double({ min: 0.01, max: 1, noNaN: true }),
  appetite: fc.constantFrom('unknown', 'hungry', 'met'),
  limitBps: bps,
  allowedBps: bps,
  usedBps: bps,
  slackSince: fc.option(fc.integer({ min: 0 })),
});
interface Torrent {
  readonly key: string;
  readonly known: TorrentMemory;
}
const torrents = fc
  .uniqueArray(fc.record({ key: fc.string({ maxLength: 4 }), known: memory }), { selector: ({ key }) => key })
  .map((list) => list.sort((a, b) => (a.key < b.key ? -1 : 1)));

function kept(list: readonly Torrent[]): TorrentMemories {
  return TorrentMemories.of(list, ({ known }, _, into) => Object.assign(into, known));
}

function assertKnown(got: TorrentMemory | null, known: TorrentMemory | undefined): void {
  assert.ok(got !== null && known !== undefined);
  for (const field of Object.keys(known) as (keyof TorrentMemory)[])
    assert.is(got[field], known[field], field);
}

test('property: whatever is put in comes out again, in any order of asking', () => {
  fc.assert(
    fc.property(torrents, fc.array(fc.nat()), (list, asked) => {
      const memories = kept(list);
      assert.is(memories.size, list.length);
      for (const [index, { key, known }] of list.entries()) {
        assertKnown(memories.get(key), known);
        assertKnown(memories.at(index), known);
      }
      for (const number of list.length === 0 ? [] : asked) {
        const torrent = list[number % list.length];
        assertKnown(memories.get(torrent?.key ?? ''), torrent?.known);
      }
    }),
  );
});

test('property: of any other torrent nothing is known', () => {
  fc.assert(
    fc.property(torrents, fc.array(fc.string({ maxLength: 5 })), (list, asked) => {
      const memories = kept(list);
      const keys = new Set(list.map(({ key }) => key));
      for (const key of asked) assert.is(memories.get(key) === null, !keys.has(key));
    }),
  );
});

test('without torrents there is nothing', () => {
  assert.is(TorrentMemories.NONE.size, 0);
  assert.is(TorrentMemories.NONE.get('q:a'), null);
});

test.run();
