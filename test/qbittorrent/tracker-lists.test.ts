import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileMatcher } from '../../src/control/matching.ts';
import { TorrentTable } from '../../src/qbittorrent/torrent-table.ts';
import { TrackerLists } from '../../src/qbittorrent/tracker-lists.ts';
import { RowReader } from '../../src/service/limits/row-reader.ts';
import { data, fields, full } from '../support/sync-data.ts';
import { announced } from '../support/torrent-columns.ts';

const test = suite('tracker lists');

const REAL = 'https://tracker.private.org/announce';
const MATCHER = compileMatcher([
  { id: 'private', pattern: 'tracker\\.private\\.org' },
  { id: 'rest', pattern: '.*' },
]);

function hash(n: number): string {
  return n.toString(16).padStart(40, '0');
}

/** URLs that come before `REAL` in alphabetical order, on one torrent each. */
function hostile(count: number, torrent = 0): Record<string, string[]> {
  const urls = Array.from({ length: count }, (_, n) => `http://0.${torrent}.${n}.evil.example/a`);
  return Object.fromEntries(urls.map((url) => [url, [hash(torrent)]]));
}

function tellAll(lists: TrackerLists, told: Readonly<Record<string, readonly string[]>>): void {
  for (const [url, infoHashes] of Object.entries(told)) {
    lists.begin(url);
    for (const infoHash of infoHashes) lists.add(infoHash);
  }
}

/** How many torrents belong to each tracker. */
function counts(table: TorrentTable): Record<string, number> {
  const reader = new RowReader(table);
  const found: Record<string, number> = {};
  for (const [, row] of table.rows.columns.entries()) {
    const id = String(reader.trackerId(row, MATCHER));
    found[id] = (found[id] ?? 0) + 1;
  }
  return found;
}

const honest = Array.from({ length: 500 }, (_, n) => hash(n + 1));
const torrents = Object.fromEntries([hash(0), ...honest].map((infoHash) => [infoHash, fields()]));

test('a torrent with 20,000 URLs before the real one leaves all other torrents with their tracker', () => {
  const table = new TorrentTable('box');
  table.apply(full(torrents, { trackers: { ...hostile(20_000), [REAL]: honest } }));
  assert.equal(counts(table), { private: 500, rest: 1 });
  assert.equal(table.rows.urls.leftOut.first(3), [table.rowOf(`box:${hash(0)}`)]);
});

test('so does one whose URLs come with later answers, and it is no longer reported once it is gone', () => {
  const table = new TorrentTable('box');
  const { [hash(0)]: added = {}, ...others } = torrents;
  table.apply(full(others));
  table.apply(data({ torrents: { [hash(0)]: added }, trackers: { ...hostile(20_000), [REAL]: honest } }));
  assert.equal(counts(table), { private: 500, rest: 1 });
  assert.is(table.rows.urls.leftOut.torrents, 1);
  table.apply(data({ removed: [hash(0)] }));
  assert.is(table.rows.urls.leftOut.torrents, 0);
});

test('a hundred torrents with very many URLs lose theirs, and one with few loses none', () => {
  const lists = new TrackerLists(() => 1_000);
  for (let torrent = 1; torrent <= 100; torrent += 1) tellAll(lists, hostile(1_100, torrent));
  tellAll(lists, { [REAL]: [hash(5_000), hash(1)], 'https://z.example/': [hash(5_000)] });
  const kept = announced(lists);
  assert.ok(kept.length <= 16_384 + 16 * 1_000, `${kept.length}`);
  assert.is(kept.filter(([url]) => !url.includes('evil')).length, 2);
  assert.is(lists.cut().length, 100);
});

test('a torrent with too many URLs still belongs to the tracker that one of its first 1,024 matches', () => {
  const table = new TorrentTable('box');
  const evil = hostile(40_000);
  const trackers = {
    ...Object.fromEntries(Object.entries(evil).slice(0, 1_023)),
    [REAL]: [hash(0)],
    ...evil,
  };
  table.apply(full({ [hash(0)]: fields() }, { trackers }));
  assert.equal(counts(table), { private: 1 });
  assert.is(table.rows.urls.countOf(0), 1024);
});

test('a list that has only torrents with too many URLs takes those away that stood in it before', () => {
  const table = new TorrentTable('box');
  table.apply(full(torrents, { trackers: { [REAL]: [hash(1)] } }));
  table.apply(data({ trackers: { ...hostile(1_100), [REAL]: [hash(0)] } }));
  assert.equal(table.rows.announceUrlsOf(table.rowOf(`box:${hash(1)}`) ?? -1), []);
});

test('of 100,000 URLs of torrents that are not there no more are kept than one torrent needs', () => {
  const lists = new TrackerLists(() => 1);
  for (let n = 0; n < 100_000; n += 1) {
    lists.begin(`https://t${n}.example/`);
    lists.add(hash(n));
  }
  assert.is(lists.infoHashes.length, 16_384 + 2);
  assert.is(lists.unlisted, 100_000 - lists.infoHashes.length);
  assert.ok([...lists.lists()].length <= 16_384 + 16);
});

test.run();
