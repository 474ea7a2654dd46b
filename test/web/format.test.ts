import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as format from '../../src/web/format.ts';
import { placeOf } from '../../src/web/router.ts';

const KIB = 1024;
const MIB = 1024 * 1024;

test('rates are read at a glance, from idle to a fast link', () => {
  const expected: [number | null, string][] = [
    [null, 'unlimited'],
    [0, '0 KiB/s'],
    [1024, '1.0 KiB/s'],
    [300 * KIB, '300 KiB/s'],
    [999 * KIB, '999 KiB/s'],
    [1000 * KIB, '0.98 MiB/s'],
    [4 * MIB, '4.00 MiB/s'],
    [20 * MIB, '20.0 MiB/s'],
    [120 * MIB, '120 MiB/s'],
  ];
  for (const [bps, text] of expected) assert.is(format.rate(bps), text);
  assert.is(format.wireRate(0), 'unlimited');
  assert.is(format.wireRate(-1), 'unlimited');
  assert.is(format.wireRate(2048), '2.0 KiB/s');
  assert.is(format.signedRate(-MIB), '−1.00 MiB/s');
  assert.is(format.signedRate(MIB), '+1.00 MiB/s');
});

test('numbers and times have units and one form each', () => {
  assert.is(format.counted(1, 'torrent'), '1 torrent');
  assert.is(format.counted(30_000, 'torrent'), '30\u202f000 torrents');
  assert.is(format.percent(0.956), '96 %');
  assert.equal([-5, 8_400, 240_000, 3_600_000, 12_000_000, 86_400_000, 187_200_000].map(format.duration), [
    '0 s',
    '8 s',
    '4 min',
    '1 h',
    '3 h 20 min',
    '1 d',
    '2 d 4 h',
  ]);
});

test('states are said in words', () => {
  assert.is(format.stateWords('rollingBack.restoring'), 'rolling back, restoring');
  assert.is(format.stateWords('steady'), 'steady');
});

test("a page's place is read from the address's fragment", () => {
  assert.is(placeOf('').page, 'overview');
  assert.is(placeOf('#/').page, 'overview');
  const { page, query } = placeOf('#/torrents?search=a%26b&order=asc');
  assert.is(page, 'torrents');
  assert.is(query.get('search'), 'a&b');
});

test.run();
