import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CounterMoves } from '../../src/qbittorrent/counter-moves.ts';
import type { TorrentColumns } from '../../src/qbittorrent/torrent-columns.ts';
import { columnsOf } from '../support/torrent-columns.ts';

const test = suite('counter moves');

type Seen = [infoHash: string, before: number | null, now: number];

function lookAt(moves: CounterMoves, columns: TorrentColumns, isNewInstant = true): Seen[] {
  const seen: Seen[] = [];
  moves.look(columns, isNewInstant, (row, ...counters) => seen.push([columns.infoHashOf(row), ...counters]));
  return seen;
}

function columnsWith(counters: Readonly<Record<string, number>>): TorrentColumns {
  return columnsOf(
    Object.fromEntries(Object.entries(counters).map(([hash, bytes]) => [hash, { uploaded_session: bytes }])),
  );
}

test('only torrents whose counter moved are visited, with what it was; new ones with null', () => {
  const moves = new CounterMoves();
  const columns = columnsWith({ a: 0, b: 5 });
  assert.equal(lookAt(moves, columns), [
    ['a', null, 0],
    ['b', null, 5],
  ]);
  assert.equal(lookAt(moves, columns), []);
  columns.set('b', { uploaded_session: 9 });
  columns.set('c', { uploaded_session: 1 });
  assert.equal(lookAt(moves, columns), [
    ['b', 5, 9],
    ['c', null, 1],
  ]);
  columns.set('b', { uploaded_session: 2 });
  assert.equal(lookAt(moves, columns), [['b', 9, 2]], 'a counter that fell moved, too');
});

test('it has moved for as many instants as asked for; the same instant read anew ages nothing', () => {
  const moves = new CounterMoves();
  const columns = columnsWith({ a: 0 });
  lookAt(moves, columns);
  assert.not(moves.hasMoved(0, 8), 'what is new has not moved');
  columns.set('a', { uploaded_session: 1 });
  lookAt(moves, columns);
  for (let again = 0; again < 20; again += 1) lookAt(moves, columns, false);
  assert.ok(moves.hasMoved(0, 1));
  lookAt(moves, columns);
  assert.not(moves.hasMoved(0, 1));
  assert.ok(moves.hasMoved(0, 2));
});

test('a torrent in the row of another is new', () => {
  const moves = new CounterMoves();
  const columns = columnsWith({ a: 7 });
  lookAt(moves, columns);
  columns.set('a', { uploaded_session: 8 });
  lookAt(moves, columns);
  columns.remove('a');
  assert.equal(lookAt(moves, columns), [], 'a row without a torrent is passed over');
  moves.forget(columns.set('b', { uploaded_session: 8 }));
  assert.not(moves.hasMoved(0, 8));
  assert.equal(lookAt(moves, columns), [['b', null, 8]]);
});

test('through full pictures in any order of torrents, visits are what comparing plain maps says', () => {
  const hash = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const picture = fc.array(fc.tuple(hash, fc.nat(3)), { minLength: 1 }).map((pairs) => new Map(pairs));
  fc.assert(
    fc.property(fc.array(picture, { minLength: 1, maxLength: 8 }), (pictures) => {
      const moves = new CounterMoves();
      let columns = columnsWith({});
      let before = new Map<string, number>();
      for (const now of pictures) {
        const next = columnsWith(Object.fromEntries(now));
        moves.replace(columns, next);
        columns = next;
        const expected = [...now].filter(([infoHash, bytes]) => before.get(infoHash) !== bytes);
        assert.equal(
          new Set(lookAt(moves, columns).map((seen) => JSON.stringify(seen))),
          new Set(expected.map(([key, bytes]) => JSON.stringify([key, before.get(key) ?? null, bytes]))),
        );
        before = now;
      }
    }),
  );
});

test.run();
