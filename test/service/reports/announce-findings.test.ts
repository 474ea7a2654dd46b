import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TorrentTable } from '../../../src/qbittorrent/torrent-table.ts';
import { diagnoseAnnounceUrls } from '../../../src/service/reports/announce-findings.ts';
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

test.run();
