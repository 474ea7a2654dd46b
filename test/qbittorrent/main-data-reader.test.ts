import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { MainData } from '../../src/qbittorrent/codecs.ts';
import { UnexpectedAnswer } from '../../src/qbittorrent/errors.ts';
import { MainDataReader } from '../../src/qbittorrent/main-data-reader.ts';
import { announced, entriesOf } from '../support/torrent-columns.ts';

const test = suite('main data reader');

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

function read(text: string, cuts: readonly number[] = []): MainData {
  const bytes = Buffer.from(text);
  const reader = new MainDataReader('sync/maindata');
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let start = 0;
  for (const end of [...ends, bytes.length]) {
    reader.push(bytes.subarray(start, end));
    start = end;
  }
  return reader.end();
}

function refusal(text: string): UnexpectedAnswer {
  try {
    read(text);
  } catch (error) {
    if (error instanceof UnexpectedAnswer) return error;
    throw error;
  }
  throw new TypeError('expected a refusal');
}

const torrent = fc.record(
  {
    name: fc.string({ unit: 'grapheme' }),
    up_limit: fc.nat(),
    tracker: fc.constantFrom('', 'https://one.example/announce', 'say "{}[]\\" \\u0022'),
    unused: fc.jsonValue(),
    torrents: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const infoHash = fc.stringMatching(/^[0-9a-f]{40}$/);
const answer = fc.record(
  {
    rid: fc.nat(),
    categories: fc.jsonValue(),
    '"torrents': fc.jsonValue(),
    full_update: fc.boolean(),
    torrents: fc.dictionary(infoHash, torrent, { maxKeys: 4 }),
    torrents_removed: fc.array(infoHash),
    trackers: fc.dictionary(
      fc.oneof(
        fc.constantFrom('https://one.example/announce', '** [DHT] **'),
        fc.string({ unit: 'grapheme' }).map((text) => `udp://${text}`),
      ),
      fc.array(infoHash, { maxLength: 3 }),
      { maxKeys: 3 },
    ),
    trackers_removed: fc.array(fc.string()),
    tags: fc.array(fc.string({ unit: 'grapheme' })),
  },
  { requiredKeys: ['rid'] },
);

test('reads the same as parsing the whole, wherever the answer is cut into pieces', () => {
  fc.assert(
    fc.property(answer, fc.array(fc.nat()), fc.constantFrom(undefined, 2), (input, cuts, indent) => {
      const data = read(JSON.stringify(input, null, indent), cuts);
      assert.is(data.rid, input.rid);
      assert.is(data.fullUpdate, input.full_update ?? false);
      assert.equal(data.torrentsRemoved, input.torrents_removed ?? []);
      assert.equal(data.trackersRemoved, input.trackers_removed ?? []);
      assert.equal(announced(data.trackers), Object.entries(input.trackers ?? {}));
      const expected = Object.entries(input.torrents ?? {}).map(([hash, fields]) => {
        const { unused: _unused, torrents: _torrents, ...used } = fields;
        return [hash, used];
      });
      assert.equal(entriesOf(data.torrents), expected);
    }),
    { numRuns: 300 },
  );
});

test('reads an answer that comes byte by byte', () => {
  const text = `{"full_update":true,"rid":3,"torrents":{"${A}":{"name":"ä\\"}{","up_limit":0},"${B}":{}},"trackers":{"https://t.example/a":["${A}"]},"server_state":{"refresh_interval":1500,"dht_nodes":3}}`;
  const data = read(
    text,
    Array.from({ length: text.length + 2 }, (_, index) => index),
  );
  assert.equal(entriesOf(data.torrents), [
    [A, { name: 'ä"}{', up_limit: 0 }],
    [B, {}],
  ]);
  assert.equal(announced(data.trackers), [['https://t.example/a', [A]]]);
  assert.equal(data.serverState, { refresh_interval: 1500 });
});

test('an empty full picture has no torrents at all in 5.x', () => {
  const data = read('{"full_update":true,"rid":1,"server_state":{}}');
  assert.is(data.fullUpdate, true);
  assert.is(data.torrents.size, 0);
  assert.is(data.trackers.size, 0);
});

test('an answer that ends too soon is refused, wherever it ends', () => {
  const text = `{"rid":3,"torrents":{"${A}":{"up_limit":0}},"trackers":{}}`;
  for (let length = 0; length < text.length; length += 1) refusal(text.slice(0, length));
});

for (const [what, text, pattern] of [
  [
    'a limit of the wrong type',
    `{"rid":1,"torrents":{"${A}":{"up_limit":"12"}}}`,
    `integer at torrents.${A}.up_limit`,
  ],
  ['a limit with a fraction', `{"rid":1,"torrents":{"${A}":{"up_limit":1.5}}}`, 'with 1.5; expected integer'],
  ['a rate of null', `{"rid":1,"torrents":{"${A}":{"upspeed":null}}}`, 'with null; expected finite number'],
  ['a number past all numbers', `{"rid":1,"torrents":{"${A}":{"upspeed":1e999}}}`, 'with Infinity'],
  ['no rid', `{"torrents":{}}`, 'with nothing; expected integer at rid'],
  ['a key that is no info-hash', `{"rid":1,"torrents":{"x":{}}}`, 'info-hashes'],
  ['a torrent that is no object', `{"rid":1,"torrents":{"${A}":[]}}`, 'sync data in JSON'],
  ['a torrent that is a number', `{"rid":1,"torrents":{"${A}":5}}`, 'sync data in JSON'],
  ['torrents that are no object', `{"rid":1,"torrents":{"${A}"}}`, 'sync data in JSON'],
  ['a removed torrent that is none', '{"rid":1,"torrents_removed":["all"]}', 'at torrents_removed'],
  ['a server state that is a text', '{"rid":1,"server_state":""}', 'with a text; expected server state'],
  ['an array', '[]', 'with an array'],
  ['two answers', '{"rid":1}{"rid":2}', 'sync data in JSON'],
  ['a page of HTML', '<html><body>Log in</body></html>', '<html>'],
] as const) {
  test(`${what} is refused, with its place`, () => {
    assert.match(refusal(text).message, pattern);
  });
}

test('no passkey gets into a message', () => {
  const url = 'https://t.example/announce/0123456789abcdef/x';
  const messages = [
    refusal(`{"rid":1,"trackers":{"${url}":[5]}}`).message,
    refusal(`{"rid":1,"trackers":{"${url}":"x"}`).message,
    refusal(`{"rid":1,"torrents":{"${A}":{"up_limit":"${url}"}}}`).message,
    refusal(`{"rid":1,"torrents":{"${A}":{"tracker":"${url}",}}}`).message,
  ];
  for (const message of messages) assert.not.match(message, '0123456789abcdef');
});

test('30,000 torrents are read in under a second of processor time', () => {
  const fields = {
    name: 'some name '.repeat(5),
    up_limit: 0,
    upspeed: 0,
    magnet_uri: 'x'.repeat(700),
    state: 'stalledUP',
  };
  const piece = JSON.stringify(fields);
  const torrents = Array.from({ length: 30_000 }, (_, n) => `"${n.toString(16).padStart(40, '0')}":${piece}`);
  const bytes = Buffer.from(`{"rid":1,"full_update":true,"torrents":{${torrents.join(',')}}}`);
  const before = process.cpuUsage();
  const reader = new MainDataReader('sync/maindata');
  for (let at = 0; at < bytes.length; at += 65_536) reader.push(bytes.subarray(at, at + 65_536));
  assert.is(reader.end().torrents.size, 30_000);
  assert.ok(process.cpuUsage(before).user < 1_000_000, `${process.cpuUsage(before).user / 1000} ms`);
});

test.run();
