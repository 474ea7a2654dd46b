import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNLIMITED } from '../../src/control/units.ts';
import type { TorrentFields } from '../../src/qbittorrent/codecs.ts';
import { UnexpectedAnswer } from '../../src/qbittorrent/errors.ts';
import { EMPTY_CONFIRMATIONS, TorrentTable } from '../../src/qbittorrent/torrent-table.ts';
import { data, fields, full, ONE, type Parts, TWO } from '../support/sync-data.ts';

const test = suite('torrent table');

function tableWith(torrents: Readonly<Record<string, TorrentFields>>, parts: Parts = {}): TorrentTable {
  const table = new TorrentTable('box');
  table.apply(full(torrents, parts));
  return table;
}

function urls(table: TorrentTable, hash: string): readonly string[] | undefined {
  const row = table.rowOf(`box:${hash}`);
  return row === undefined ? undefined : table.rows.announceUrlsOf(row);
}

function snapshot(table: TorrentTable): unknown {
  const torrents = [...table.values()].map((torrent) => [torrent, urls(table, torrent.infoHash)]);
  return { torrents, size: table.size, serverState: table.serverState };
}

test('a full picture, then a delta: what it does not name stays', () => {
  const table = tableWith({ a: fields(), b: fields({ up_limit: 5000 }) }, { rid: 7 });
  assert.is(table.rid, 7);
  assert.is(table.get('box:a')?.uploadLimitBps, UNLIMITED);
  const b = table.get('box:b');
  assert.is(b?.uploadLimitBps, 5000);
  const update = table.apply(
    data({ rid: 8, torrents: { a: { upspeed: 9 } }, serverState: { queueing: true } }),
  );
  assert.equal(update, { full: false, suspicious: false });
  assert.is(table.get('box:a')?.uploadSpeedBps, 9);
  assert.is(table.get('box:a')?.uploadLimitBps, UNLIMITED);
  assert.equal(table.get('box:b'), b);
  assert.is(table.rid, 8);
});

test('a second full picture takes the place of the first', () => {
  const table = tableWith({ a: fields(), b: fields(), c: fields() });
  const a = table.get('box:a');
  const update = table.apply(full({ a: fields(), b: fields({ upspeed: 1 }), d: fields() }));
  assert.equal(update, { full: true, suspicious: false });
  assert.equal(table.get('box:a'), a);
  assert.is(table.get('box:b')?.uploadSpeedBps, 1);
  assert.is(table.get('box:c'), undefined);
  assert.is(table.size, 3);
});

test('torrents come and go by delta; one that comes in the place of another has nothing of it', () => {
  const old = fields({ name: 'old', category: 'films', tracker: ONE, num_incomplete: 7 });
  const table = tableWith({ a: old, b: fields() }, { trackers: { [TWO]: ['a'] } });
  const { num_incomplete: _left, ...rest } = fields({ name: '', upspeed: 3 });
  table.apply(data({ removed: ['a', 'b', 'x'], torrents: { b: fields({ upspeed: 3 }), c: rest } }));
  assert.equal([...table.values()].map(({ infoHash }) => infoHash).sort(), ['b', 'c']);
  const c = table.get('box:c');
  assert.equal([c?.name, c?.category, c?.leechersKnown, urls(table, 'c')], ['', '', -1, []]);
});

test('what is known stays in view while a full picture is prepared beside it', () => {
  const table = tableWith({ a: fields(), b: fields() }, { rid: 7 });
  const before = snapshot(table);
  const picture = full(
    { b: fields(), c: fields() },
    { rid: 8, trackers: { [ONE]: ['b'], [TWO]: ['c', 'd'] } },
  );
  const work = table.applyInSteps(picture);
  for (let step = work.next(); step.done !== true; step = work.next()) {
    assert.equal(snapshot(table), before);
    assert.is(table.rid, 7);
  }
  assert.equal([...table.values()].map(({ infoHash }) => infoHash).sort(), ['b', 'c']);
  assert.equal(urls(table, 'c'), [TWO]);
  assert.is(table.rid, 8);
  table.apply(data({ rid: 9, torrents: { d: fields() } }));
  assert.equal(urls(table, 'd'), [TWO], 'announced before it was told');
});

test('what is known stays in view, whole, while a delta is prepared in steps', () => {
  const names = Array.from({ length: 1000 }, (_, n) => `t${String(n).padStart(3, '0')}`);
  const allWith = (upspeed: number) => Object.fromEntries(names.map((name) => [name, fields({ upspeed })]));
  const table = tableWith(allWith(1), { rid: 7 });
  const before = snapshot(table);
  const [gone = ''] = names;
  const work = table.applyInSteps(
    data({ rid: 8, removed: [gone], torrents: { ...allWith(2), [gone]: fields({ upspeed: 2 }) } }),
  );
  let steps = 0;
  for (let step = work.next(); step.done !== true; step = work.next()) {
    steps += 1;
    assert.equal(snapshot(table), before);
    assert.is(table.rid, 7);
  }
  assert.ok(steps > 1);
  assert.equal([...table.values()].map(({ infoHash }) => infoHash).sort(), names);
  assert.ok([...table.values()].every(({ uploadSpeedBps }) => uploadSpeedBps === 2));
  assert.is(table.rid, 8);
});

test('a key finds its own row only, also when that was given to another torrent, or after a full picture', () => {
  const table = tableWith({ a: fields(), b: fields() });
  const row = table.rowOf('box:a') ?? -1;
  assert.is(table.keyOf(row), 'box:a');
  table.apply(data({ removed: ['a'] }));
  assert.is(table.rowOf('box:a'), undefined);
  table.apply(data({ torrents: { c: fields() } }));
  assert.is(table.rowOf('box:c'), row, 'it has the row of the one that is gone');
  assert.is(table.keyOf(row), 'box:c');
  assert.is(table.rowOf('box:a'), undefined);
  table.apply(data({ removed: ['c'], torrents: { a: fields() } }));
  assert.equal([table.keyOf(row), table.rowOf('box:c')], ['box:a', undefined]);
  table.apply(full({ b: fields(), a: fields() }));
  for (const key of ['box:a', 'box:b']) assert.is(table.keyOf(table.rowOf(key) ?? -1), key);
});

test('a key of another instance is not known', () => {
  assert.is(tableWith({ a: fields() }).get('other:a'), undefined);
});

test('a delta before any full picture is refused', () => {
  const table = new TorrentTable('box');
  assert.throws(
    () => table.apply(data({ torrents: { a: fields() } })),
    (error: unknown) => error instanceof UnexpectedAnswer,
  );
  assert.is(table.size, 0);
});

test('a delta with a torrent it does not know changes nothing, and a full picture is asked for', () => {
  const table = tableWith(
    { a: fields(), b: fields() },
    { rid: 4, trackers: { [ONE]: ['a'] }, serverState: { queueing: true } },
  );
  const before = snapshot(table);
  const misfit = data({
    rid: 5,
    torrents: { a: { upspeed: 3 }, c: { upspeed: 1 } },
    removed: ['b'],
    trackers: { [TWO]: ['a'] },
    trackersRemoved: [ONE],
    serverState: { queueing: false },
  });
  assert.throws(() => table.apply(misfit), /expected state of torrent c/);
  assert.equal(snapshot(table), before);
  assert.is(table.rid, 0);
  assert.throws(() => table.apply(data({ rid: 6 })), /a full picture/);
  assert.is(table.apply(full({ a: fields() }, { rid: 9 })).full, true);
  assert.is(table.rid, 9);
});

for (const missing of ['up_limit', 'uploaded_session', 'upspeed', 'state', 'num_leechs'] as const) {
  test(`a full picture without ${missing} is refused whole`, () => {
    const table = tableWith({ a: fields() });
    const { [missing]: _left, ...rest } = fields();
    assert.throws(() => table.apply(full({ a: fields({ upspeed: 5 }), b: rest })), new RegExp(missing));
    assert.is(table.get('box:a')?.uploadSpeedBps, 0);
    assert.is(table.size, 1);
  });
}

test('a partial entry for a torrent removed in the same delta is refused', () => {
  const table = tableWith({ a: fields() });
  assert.throws(() => table.apply(data({ removed: ['a'], torrents: { a: { upspeed: 1 } } })));
  assert.is(table.size, 1);
});

test('an empty full picture is not believed until it has come three times in a row', () => {
  assert.is(EMPTY_CONFIRMATIONS, 3);
  const table = tableWith({ a: fields() }, { rid: 5 });
  const empty = full({}, { rid: 6 });
  for (const _time of [1, 2]) {
    const update = table.apply(empty);
    assert.is(update.suspicious, true);
    assert.is(table.size, 1);
    assert.is(table.rid, 0);
  }
  const third = table.apply(empty);
  assert.is(third.suspicious, false);
  assert.is(table.size, 0);
  assert.is(table.rid, 6);
  assert.is(table.apply(empty).suspicious, false);
});

test('a picture with torrents in between starts the count anew; a reset does not', () => {
  const table = tableWith({ a: fields() });
  table.apply(full({}));
  table.apply(full({}));
  table.apply(full({ a: fields() }));
  assert.is(table.apply(full({})).suspicious, true);
  table.reset();
  assert.is(table.apply(full({})).suspicious, true);
  table.reset();
  assert.is(table.apply(full({})).suspicious, false);
});

test('an empty picture at the start is not believed at once either', () => {
  const table = new TorrentTable('box');
  assert.is(table.apply(full({})).suspicious, true);
  assert.is(table.apply(full({})).suspicious, true);
  assert.is(table.apply(full({})).suspicious, false);
  table.apply(data({ rid: 2, torrents: { a: fields() } }));
  assert.is(table.size, 1);
});

test('reset keeps what is known and asks for all of it', () => {
  const table = tableWith({ a: fields() }, { rid: 5 });
  table.reset();
  assert.is(table.rid, 0);
  assert.is(table.size, 1);
});

test('the tracker in use comes first, then the others of the map, each once', () => {
  const table = tableWith(
    {
      a: fields({ tracker: TWO }),
      b: fields(),
      c: fields({ tracker: '** [DHT] **' }),
      d: fields({ tracker: ONE }),
    },
    { trackers: { [ONE]: ['a', 'b'], [TWO]: ['a', 'b'], '** [PeX] **': ['a', 'c'] } },
  );
  assert.equal(urls(table, 'a'), [TWO, ONE]);
  assert.equal(urls(table, 'b'), [ONE, TWO]);
  assert.equal(urls(table, 'c'), []);
  assert.equal(urls(table, 'd'), [ONE]);
});

test('a change of the trackers map alone changes the torrents concerned, and no others', () => {
  const table = tableWith(
    { a: fields({ tracker: ONE }), b: fields(), c: fields() },
    { trackers: { [ONE]: ['a', 'b'] } },
  );
  table.apply(data({ trackers: { [TWO]: ['b', 'unknown'], [ONE]: ['a'] } }));
  assert.equal(urls(table, 'a'), [ONE]);
  assert.equal(urls(table, 'b'), [TWO]);
  assert.equal(urls(table, 'c'), []);
  table.apply(data({ trackersRemoved: [ONE, TWO] }));
  assert.equal(urls(table, 'a'), [ONE], 'the tracker in use stays known');
  assert.equal(urls(table, 'b'), []);
  table.apply(data({ torrents: { a: { tracker: '' } } }));
  assert.equal(urls(table, 'a'), []);
});

test('a torrent keeps a URL that another with its passkey changed still has', () => {
  const [mine = '', other = ''] = ['a', 'b'].map(
    (digit) => `https://one.example/${digit.repeat(32)}/announce`,
  );
  const table = tableWith({ a: fields(), b: fields() }, { trackers: { [mine]: ['a'], [other]: ['a', 'b'] } });
  assert.equal(urls(table, 'a'), ['https://one.example/***/announce'], 'without passkey, once');
  table.apply(data({ trackers: { [mine]: [] } }));
  assert.equal(urls(table, 'a'), ['https://one.example/***/announce']);
  table.apply(data({ trackers: { [other]: ['b'] } }));
  assert.equal([urls(table, 'a'), urls(table, 'b')], [[], ['https://one.example/***/announce']]);
});

test('an early announce that is taken back before its torrent comes is forgotten', () => {
  const table = tableWith({ a: fields() });
  table.apply(data({ trackers: { [ONE]: ['b'], [TWO]: ['b'] } }));
  table.apply(data({ trackers: { [ONE]: ['a'] } }));
  table.apply(data({ torrents: { b: fields() } }));
  assert.equal(urls(table, 'b'), [TWO]);
});

test('a torrent told after its tracker stands under it', () => {
  const table = tableWith({ a: fields() });
  table.apply(data({ trackers: { [ONE]: ['b'] } }));
  table.apply(data({ torrents: { b: fields() } }));
  assert.equal(urls(table, 'b'), [ONE]);
});

test('a torrent has no tracker once that is said, not as long as none is known', () => {
  const table = new TorrentTable('main');
  table.apply(
    full(
      {
        uncounted: fields(),
        none: fields({ trackers_count: 0 }),
        unnamed: fields({ trackers_count: 1 }),
        dht: fields({ trackers_count: 0, tracker: '** [DHT] **' }),
        odd: fields({ trackers_count: 0 }),
      },
      { trackers: { [ONE]: ['odd'] } },
    ),
  );
  const trackerless = () =>
    [...table.rows.columns.entries()]
      .filter(([, row]) => table.rows.isTrackerless(row))
      .map(([hash]) => hash);
  assert.equal(trackerless(), ['none', 'dht']);
  table.apply(data({ rid: 2, torrents: { none: { trackers_count: 1 }, unnamed: { trackers_count: 0 } } }));
  assert.equal(trackerless(), ['unnamed', 'dht']);
});

test.run();
