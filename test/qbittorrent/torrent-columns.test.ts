import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TorrentFields } from '../../src/qbittorrent/codecs.ts';
import { TorrentColumns } from '../../src/qbittorrent/torrent-columns.ts';
import { columnsOf, entriesOf } from '../support/torrent-columns.ts';

const test = suite('torrent columns');

const hash = fc.nat(90).map((n) => `hash ${n}`);
const number = fc.oneof(fc.nat(), fc.constantFrom(-1, 2 ** 31 - 1, 2 ** 53 - 1, 0.5));
const told: fc.Arbitrary<TorrentFields> = fc.record(
  {
    name: fc.string({ unit: 'grapheme', maxLength: 40 }),
    state: fc.constantFrom('uploading', 'stalledUP', 'pausedUP'),
    up_limit: number,
    upspeed: number,
    uploaded_session: number,
    num_leechs: number,
    num_incomplete: number,
    last_activity: number,
    added_on: number,
    trackers_count: number,
    category: fc.constantFrom('', 'films', 'music'),
    tracker: fc.constantFrom('', 'https://one.example/announce', 'https://two.example/announce'),
  },
  { requiredKeys: [] },
);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('set', 'copy'), hash, told }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove'), hash, told: fc.constant({}) }) },
);

test('whatever comes, changes and goes, they hold what a map of plain objects holds', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 250 }), (steps) => {
      const columns = new TorrentColumns();
      const plain = new Map<string, TorrentFields>();
      for (const { kind, hash, told } of steps) {
        if (kind === 'remove') {
          const row = columns.rowOf(hash);
          assert.is(columns.remove(hash), row);
          plain.delete(hash);
          continue;
        }
        plain.set(hash, { ...plain.get(hash), ...told });
        if (kind === 'set') columns.set(hash, told);
        else {
          const other = columnsOf({ [hash]: told });
          columns.copy(other, 0, columns.rowFor(other, 0));
        }
      }
      assert.is(columns.size, plain.size);
      assert.equal(new Map(entriesOf(columns)), plain);
    }),
  );
});

test('rows are as many as torrents ever were at once, and each belongs to one', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 250 }), (steps) => {
      const columns = new TorrentColumns();
      let most = 0;
      for (const { kind, hash, told } of steps) {
        if (kind === 'remove') columns.remove(hash);
        else columns.set(hash, told);
        most = Math.max(most, columns.size);
      }
      assert.is(columns.rowsEnd, most);
      const rows = [...columns.entries()].map(([infoHash, row]) => {
        assert.is(columns.infoHashOf(row), infoHash);
        return row;
      });
      assert.is(new Set(rows).size, columns.size);
      const unused = Array.from({ length: most }, (_, row) => row).filter((row) => !rows.includes(row));
      assert.ok(unused.every((row) => columns.infoHashOf(row) === ''));
    }),
  );
});

test('a torrent in the place of another shows nothing of it, what it was not told itself reads as nothing', () => {
  const columns = columnsOf({
    old: { name: 'old', state: 'uploading', num_incomplete: 7, category: 'films', tracker: 'https://a.b/c' },
  });
  columns.remove('old');
  const row = columns.set('new', { up_limit: 5 });
  assert.is(row, 0);
  assert.equal(
    (['name', 'state', 'category', 'tracker'] as const).map((field) => columns.text(row, field)),
    ['', '', '', ''],
  );
  assert.is(columns.number(row, 'num_incomplete'), 0);
  assert.is(columns.trackerNumber(row), 0);
  assert.is(columns.missingField(row), 'state');
});

test('a field without which nothing can be decided is named, the others are not asked for', () => {
  const whole = {
    state: 'uploading',
    up_limit: 0,
    upspeed: 0,
    uploaded_session: 0,
    num_leechs: 0,
    last_activity: 0,
    added_on: 0,
  };
  const columns = columnsOf({ whole });
  assert.is(columns.missingField(0), null);
  for (const field of Object.keys(whole)) {
    const { [field as keyof typeof whole]: _left, ...rest } = whole;
    assert.is(columnsOf({ a: rest }).missingField(0), field);
  }
});

test('columns with room for as many as others begin without any of theirs', () => {
  const before = columnsOf({ a: { name: 'one' }, b: { name: 'two' } });
  const columns = new TorrentColumns(before);
  assert.equal([columns.size, columns.rowsEnd, columns.rowOf('a')], [0, 0, undefined]);
  columns.set('b', { name: 'other' });
  assert.is(columns.text(columns.rowOf('b') ?? -1, 'name'), 'other');
});

test.run();
