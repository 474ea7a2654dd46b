import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { announceKey } from '../../src/qbittorrent/announce-key.ts';
import type { MainData } from '../../src/qbittorrent/codecs.ts';
import { UnexpectedAnswer } from '../../src/qbittorrent/errors.ts';
import { MainDataReader } from '../../src/qbittorrent/main-data-reader.ts';
import { announced, entriesOf } from '../support/torrent-columns.ts';

const test = suite('main data reader');

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

function read(text: string, cuts: readonly number[] = [], known?: number): MainData {
  const bytes = Buffer.from(text);
  const reader = new MainDataReader('sync/maindata', undefined, known);
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let start = 0;
  for (const end of [...ends, bytes.length]) {
    // No more comes at once over a connection.
    for (; start < end; start = Math.min(start + 65_536, end)) {
      reader.push(bytes.subarray(start, Math.min(start + 65_536, end)));
    }
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
    state: fc.constantFrom('uploading', 'say "{}[]\\" \\u0022'),
    tracker: fc.constantFrom('', 'https://one.example/announce'),
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

/** As the trackers of an answer are taken: what is no announce URL is passed over. */
function kept(trackers: Readonly<Record<string, readonly string[]>>): Map<string, string[]> {
  return new Map(
    Object.entries(trackers).flatMap(([url, list]) => {
      const key = announceKey(url);
      return key === null ? [] : [[key, [...new Set(list)]] as const];
    }),
  );
}

test('reads the same as parsing the whole, wherever the answer is cut into pieces', () => {
  fc.assert(
    fc.property(answer, fc.array(fc.nat()), fc.constantFrom(undefined, 2), (input, cuts, indent) => {
      const data = read(JSON.stringify(input, null, indent), cuts);
      assert.is(data.rid, input.rid);
      assert.is(data.fullUpdate, input.full_update ?? false);
      assert.equal(data.torrentsRemoved, input.torrents_removed ?? []);
      assert.equal(
        data.trackersRemoved,
        (input.trackers_removed ?? []).flatMap((url) => announceKey(url) ?? []),
      );
      assert.equal(new Map(announced(data.trackers)), kept(input.trackers ?? {}));
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
  assert.equal([...data.trackers.lists()], []);
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

const torrents = (count: number): string =>
  Array.from({ length: count }, (_, n) => `"${n.toString(16).padStart(40, '0')}":{"up_limit":0}`).join();

for (const [what, text] of [
  ['10 MB of brackets', `{"rid":1,"categories":${'['.repeat(10_000_000)}`],
  ['brackets within a torrent', `{"rid":1,"torrents":{"${A}":{"x":${'['.repeat(100_000)}`],
  ['a rest of megabytes', `{"rid":1,"server_state":{${'"x":1,'.repeat(500_000)}"y":1}}`],
  ['members without end', `{${'"x":1,'.repeat(500_000)}"rid":1}`],
  ['a number of megabytes', `{"rid":${'1'.repeat(3_000_000)}}`],
  ['a torrent of megabytes', `{"rid":1,"torrents":{"${A}":{${'"x":1,'.repeat(500_000)}"y":1}}}`],
  ['an item of megabytes', `{"rid":1,"torrents_removed":[${'1'.repeat(3_000_000)}]}`],
  ['more torrents than anyone has', `{"rid":1,"torrents":{${torrents(250_001)}}}`],
] as const) {
  test(`${what} are refused`, () => {
    const { message } = refusal(text);
    assert.ok(message.length < 400, message);
  });
}

test('a name of megabytes is read as an empty one, wherever it is cut; a long one is cut off', () => {
  const text = JSON.stringify({
    rid: 1,
    torrents: {
      [A]: { state: 'uploading', name: 'x'.repeat(3_000_000), magnet_uri: 'y'.repeat(20_000), up_limit: 7 },
      [B]: { name: 'ä'.repeat(3_000) },
    },
  });
  const cuts = Array.from({ length: 60 }, (_, n) => n * 65_521);
  for (const data of [read(text), read(text, cuts), read(text, [100, 130])]) {
    assert.equal(entriesOf(data.torrents), [
      [A, { state: 'uploading', name: '', up_limit: 7 }],
      [B, { name: 'ä'.repeat(1024) }],
    ]);
  }
});

test('a list as long as it likes is read in pieces, and each torrent in it is kept once', () => {
  const hashes = Array.from({ length: 20_000 }, (_, n) => n.toString(16).padStart(40, '0'));
  const urls = Array.from({ length: 20 }, (_, n) => `https://t${n}.example/announce`);
  const text = JSON.stringify({ rid: 1, trackers: Object.fromEntries(urls.map((url) => [url, hashes])) });
  const { trackers } = read(
    text,
    Array.from({ length: 300 }, (_, n) => n * 65_521),
  );
  assert.equal(trackers.infoHashes, hashes);
  assert.equal(
    announced(trackers).map(([url, list]) => [url, list.length]),
    urls.map((url) => [url, 20_000]),
  );
});

test('of 100,000 announce URLs of one torrent as many are kept as one torrent can stand under', () => {
  const lists = Array.from({ length: 100_000 }, (_, n) => `"https://t${n}.example/announce":["${A}"]`);
  const { trackers } = read(`{"rid":1,"trackers":{${lists.join()}}}`, [], 1);
  assert.is([...trackers.lists()].length, 1024);
  assert.equal(trackers.cut(), [A]);
});

test.run();
