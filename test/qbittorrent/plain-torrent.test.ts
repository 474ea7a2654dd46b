import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeAnswer, torrentFields } from '../../src/qbittorrent/codecs.ts';
import { NOT_PLAIN } from '../../src/qbittorrent/json-bytes.ts';
import { readPlainTorrent } from '../../src/qbittorrent/plain-torrent.ts';
import { TorrentColumns } from '../../src/qbittorrent/torrent-columns.ts';
import { columnsOf, entriesOf } from '../support/torrent-columns.ts';

const test = suite('plain torrent');

const HASH = '0123456789abcdefABCD'.repeat(2);
const NAME = `"${HASH}":`;

/** What is read, and from which text, or null when it isn't plain. */
function readFrom(json: string) {
  const bytes = Buffer.from(`${NAME}${json},`);
  const columns = new TorrentColumns();
  const end = readPlainTorrent(bytes, 0, columns);
  if (end === NOT_PLAIN) return null;
  return { text: bytes.toString('utf8', NAME.length, end + 1), entries: entriesOf(columns) };
}

function read(json: string): ReturnType<typeof entriesOf> | null {
  const seen = readFrom(json);
  if (seen !== null) assert.is(seen.text, json);
  return seen?.entries ?? null;
}

const USED = {
  name: 'Some.Name-GROUP ä',
  state: 'stalledUP',
  up_limit: 102_400,
  upspeed: 0,
  uploaded_session: 123_456_789_012,
  num_leechs: 3,
  num_incomplete: -1,
  last_activity: 1_700_000_000,
  added_on: 1_600_000_000,
  category: '',
  tracker: 'https://one.example/announce',
  trackers_count: 0,
};

test('all that is used is read from a torrent as qBittorrent sends it, the rest is passed over', () => {
  const { name, ...others } = USED;
  const sent = { availability: -1, f_l_piece_prio: false, ratio: 0.25, none: null, name, ...others, x: 'y' };
  assert.equal(read(JSON.stringify(sent)), [[HASH, USED]]);
  assert.equal(read('{}'), [[HASH, {}]]);
});

for (const [what, json] of [
  ['an escape', '{"name":"a\\"b"}'],
  ['an escape in what is not used', '{"comment":"a\\nb"}'],
  ['white space', '{"upspeed": 1}'],
  ['an exponent', '{"upspeed":1e3}'],
  ['a fraction', '{"upspeed":1.5}'],
  ['a number that may be inexact', '{"upspeed":1234567890123456}'],
  ['a leading zero', '{"upspeed":01}'],
  ['a text in place of a number', '{"upspeed":"1"}'],
  ['a number in place of a text', '{"state":1}'],
  ['nothing in place of a number', '{"upspeed":null}'],
  ['a list', '{"tags":[]}'],
  ['an object', '{"more":{}}'],
  ['a literal that is none', '{"more":trui}'],
  ['a number that is none', '{"more":-}'],
  ['a number with two points', '{"more":1.2.3}'],
  ['a control character', '{"name":"a\u0001"}'],
  ['a comma too many', '{"upspeed":1,}'],
  ['no colon', '{"upspeed"}'],
  ['a name that would be cut', `{"name":"${'x'.repeat(1025)}"}`],
] as const) {
  test(`${what} is left to a parser of all JSON`, () => {
    assert.is(read(json), null);
  });
}

test('a torrent that is cut anywhere is not plain', () => {
  const bytes = Buffer.from(`"${HASH}":${JSON.stringify(USED)}`);
  for (let end = 0; end < bytes.length; end += 1)
    assert.is(readPlainTorrent(bytes.subarray(0, end), 0, new TorrentColumns()), NOT_PLAIN);
});

test('a key that is no info-hash is not plain', () => {
  for (const key of ['', 'x'.repeat(40), 'a'.repeat(39), 'a'.repeat(64)])
    assert.is(readPlainTorrent(Buffer.from(`"${key}":{}`), 0, new TorrentColumns()), NOT_PLAIN);
});

test('it reads nothing that parser and codec would read otherwise, however the text is spoilt', () => {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.integer(),
    fc.constantFrom(...Object.values(USED)),
  );
  const other = fc.dictionary(fc.constantFrom('size', 'ratio', ...Object.keys(USED)), value, { maxKeys: 2 });
  const torrent = fc
    .tuple(fc.subarray(Object.entries(USED)), other)
    .map(([usual, others]) => ({ ...Object.fromEntries(usual), ...others }));
  const spoil = fc.option(fc.tuple(fc.nat(), fc.constantFrom(...'"\\{}[],:-.0e x')), { nil: null });
  let plain = 0;
  fc.assert(
    fc.property(torrent, spoil, (fields, spoilt) => {
      let json = JSON.stringify(fields);
      if (spoilt !== null) {
        const at = spoilt[0] % json.length;
        json = json.slice(0, at) + spoilt[1] + json.slice(at + 1);
      }
      const seen = readFrom(json);
      if (seen === null) return;
      plain += 1;
      const told = decodeAnswer(torrentFields, JSON.parse(seen.text), 'sync/maindata');
      assert.equal(seen.entries, entriesOf(columnsOf({ [HASH]: told })));
    }),
    { numRuns: 3000 },
  );
  assert.ok(plain > 100, `${plain} were plain`);
});

test.run();
