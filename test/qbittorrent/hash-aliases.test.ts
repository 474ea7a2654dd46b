import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MainDataReader } from '../../src/qbittorrent/main-data-reader.ts';
import { TorrentTable } from '../../src/qbittorrent/torrent-table.ts';
import { data, fields, full } from '../support/sync-data.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

const test = suite('info-hashes of torrents');

const V1_ONLY = '1a'.repeat(20);
const V2 = '2b'.repeat(32);
const HYBRID_V1 = '3c'.repeat(20);
const HYBRID_V2 = '4d'.repeat(32);
const ID = HYBRID_V2.slice(0, 40);
const UNKNOWN = 'ee'.repeat(20);
const TORRENTS = {
  [V1_ONLY]: fields({ infohash_v1: V1_ONLY }),
  [V2.slice(0, 40)]: fields({ infohash_v1: '' }),
  [ID]: fields({ infohash_v1: HYBRID_V1 }),
};

function tableWith(torrents: Parameters<typeof full>[0]): TorrentTable {
  const table = new TorrentTable('main');
  table.apply(full(torrents));
  return table;
}

for (const [what, infoHash, id] of [
  ['a v1 hash, which is the id', V1_ONLY, V1_ONLY],
  ['a v2 hash', V2, V2.slice(0, 40)],
  ['a truncated v2 hash, which is the id', V2.slice(0, 40), V2.slice(0, 40)],
  ["a hybrid torrent's v1 hash", HYBRID_V1, ID],
  ["a hybrid torrent's v1 hash in capitals", HYBRID_V1.toUpperCase(), ID],
  ["a hybrid torrent's v2 hash", HYBRID_V2, ID],
  ["a hybrid torrent's id", ID, ID],
  ['a hash of no torrent', UNKNOWN, undefined],
] as const) {
  test(`${what} ${id === undefined ? 'finds none' : 'finds its torrent'}`, () => {
    assert.is(tableWith(TORRENTS).idOf(infoHash), id);
  });
}

test('a hybrid torrent that a delta adds is found by its v1 hash until it is removed', () => {
  const table = tableWith({ [V1_ONLY]: fields() });
  table.apply(data({ rid: 2, torrents: { [ID]: fields({ infohash_v1: HYBRID_V1 }) } }));
  assert.is(table.idOf(HYBRID_V1), ID);
  table.apply(data({ rid: 3, torrents: { [ID]: { upspeed: 5 } } }));
  assert.is(table.idOf(HYBRID_V1), ID);
  table.apply(data({ rid: 4, removed: [ID], torrents: { [UNKNOWN]: fields() } }));
  assert.is(table.idOf(HYBRID_V1), undefined);
});

test('a full picture without a hybrid torrent forgets its v1 hash', () => {
  const table = tableWith(TORRENTS);
  table.apply(full({ [V1_ONLY]: fields({ infohash_v1: V1_ONLY }) }, { rid: 2 }));
  assert.is(table.idOf(HYBRID_V1), undefined);
});

test('torrents are found by a part of any of their info-hashes', () => {
  const table = tableWith(TORRENTS);
  const found = (text: string) => Object.keys(TORRENTS).filter(table.idSearch(text));
  assert.equal(found('1a1a'), [V1_ONLY]);
  assert.equal(found('3c3c'), [ID]);
  assert.equal(found(HYBRID_V1), [ID]);
  assert.equal(found(HYBRID_V2), [ID]);
  assert.equal(found(V2.slice(0, 50)), [V2.slice(0, 40)]);
  assert.equal(found(UNKNOWN), []);
});

test('they are read alike from plain JSON, from JSON that is not plain, and from chunks of any length', () => {
  const torrent = (more: string) => `{${more}"infohash_v1":"${HYBRID_V1}","name":"a"}`;
  for (const json of [torrent(''), torrent('"comment":"\\n",'), torrent('').replaceAll(':"', ' : "')]) {
    const bytes = Buffer.from(`{"rid":1,"full_update":true,"torrents":{"${ID}":${json}}}`);
    for (let length = 1; length <= bytes.length; length += 1) {
      const reader = new MainDataReader('sync/maindata');
      for (let at = 0; at < bytes.length; at += length) reader.push(bytes.subarray(at, at + length));
      assert.is(reader.end().torrents.aliases.idOf(HYBRID_V1), ID, `${json} in chunks of ${length}`);
    }
  }
});

test('10,000 hybrid torrents among 30,000 take less than 2 MiB more, and v1 torrents nothing', () => {
  const hashOf = (n: number, digit: string) => n.toString(16).padStart(39, '0') + digit;
  const heapOf = (v1Of: (n: number) => string) => {
    const { columns } = new TorrentTable('main').rows;
    for (let n = 0; n < 30_000; n += 1) columns.set(hashOf(n, 'f'), { infohash_v1: v1Of(n) });
    return columns;
  };
  const used = (v1Of: (n: number) => string) => {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    const columns = heapOf(v1Of);
    collectGarbage();
    const after = process.memoryUsage().heapUsed;
    assert.is(columns.size, 30_000);
    return after - before;
  };
  const plain = used((n) => hashOf(n, 'f'));
  const hybrid = used((n) => hashOf(n, n % 3 === 0 ? '0' : 'f'));
  assert.ok(hybrid - plain < 2 * 1024 * 1024, `${hybrid - plain} bytes more`);
});

test.run();
