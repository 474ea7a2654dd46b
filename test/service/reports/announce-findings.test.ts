import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TorrentTable } from '../../../src/qbittorrent/torrent-table.ts';
import { diagnoseAnnounceUrls, diagnoseLeftOutUrls } from '../../../src/service/reports/announce-findings.ts';
import { fields, full } from '../../support/sync-data.ts';

const test = suite('findings on announce URLs');

function problemsOf(torrents: number, common: number): string[] {
  const hashes = Array.from({ length: torrents }, (_, n) => n.toString(16).padStart(40, '0'));
  const shared = Array.from({ length: common }, (_, n) => [`udp://t${n}.example`, hashes]);
  const own = hashes.map((hash, n) => [`https://own${n}.example/`, [hash]]);
  const table = new TorrentTable('box');
  table.apply(
    full(Object.fromEntries(hashes.map((hash) => [hash, fields()])), {
      trackers: Object.fromEntries([...shared, ...own]),
    }),
  );
  return diagnoseAnnounceUrls(table.rows).map(({ problem }) => problem);
}

test('a hundred URLs on each of many torrents are told, with what each added torrent costs', () => {
  const [problem = '', ...others] = problemsOf(3_000, 100);
  assert.match(problem, /^100 announce URLs are on most of the torrents.* 12\.9 MB$/);
  assert.equal(others, []);
});

test('one tracker of many torrents, or many of few, is nothing to tell', () => {
  assert.equal(problemsOf(3_000, 1), []);
  assert.equal(problemsOf(100, 110), []);
});

test('torrents with too many URLs are counted, and the first three named', () => {
  const hashes = Array.from({ length: 5 }, (_, n) => n.toString(16).padStart(40, '0'));
  const urls = Array.from({ length: 1_025 }, (_, n) => [`udp://t${n}.example`, hashes]);
  const table = new TorrentTable('box');
  const torrents = Object.fromEntries(hashes.map((hash) => [hash, fields()]));
  table.apply(full(torrents, { trackers: Object.fromEntries(urls.slice(1)) }));
  assert.equal(diagnoseLeftOutUrls(table.rows), []);
  table.apply(full(torrents, { trackers: Object.fromEntries(urls) }));
  const [finding, ...others] = diagnoseLeftOutUrls(table.rows);
  assert.match(finding?.problem ?? '', /^5 torrents have too many announce URLs.*0, 0+1, 0+2, and 2 more$/);
  assert.equal(others, []);
});

test('lists of many more torrents than there are make a finding of their own', () => {
  const hashes = Array.from({ length: 600_000 }, (_, n) => n.toString(16).padStart(40, '0'));
  const table = new TorrentTable('box');
  table.apply(full({}, { trackers: { 'udp://t.example': hashes } }));
  table.apply(full({ [hashes[0] ?? '']: fields() }, { trackers: { 'udp://t.example': hashes } }));
  const [finding] = diagnoseLeftOutUrls(table.rows);
  assert.match(
    finding?.problem ?? '',
    /^qBittorrent lists announce URLs of many more torrents .*: 83616 entries/,
  );
});

test.run();
