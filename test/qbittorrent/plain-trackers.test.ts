import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { takePlainTrackers } from '../../src/qbittorrent/plain-trackers.ts';
import { announced } from '../support/torrent-columns.ts';

const test = suite('plain trackers');

const A = 'a'.repeat(40);
const B = 'B'.repeat(40);
const URL = 'https://one.example/announce';

test('trackers are taken out from wherever they stand, and the rest is as it was', () => {
  for (const [before, behind] of [
    ['', ''],
    [',"tags":["a,\\"trackers\\":{}"],"server_state":{"x":[{"y":1}]}', ''],
    ['', `,"trackers_removed":["${URL}"],"z":-1`],
  ] as const) {
    const taken = takePlainTrackers(
      Buffer.from(`}${before},"trackers":{"${URL}":["${A}","${B}"],"udp://ä/":[]}${behind}}`),
    );
    assert.ok(taken);
    assert.is(taken.others.toString(), `}${before}${behind}}`);
    assert.equal(announced(taken.trackers), [
      [URL, [A, B]],
      ['udp://ä/', []],
    ]);
  }
});

test('no trackers at all are an empty map', () => {
  const taken = takePlainTrackers(Buffer.from('},"trackers":{}}'));
  assert.equal(taken && [[...taken.trackers], taken.others.toString()], [[], '}}']);
});

for (const [what, rest] of [
  ['nothing', '}'],
  ['no trackers', '},"tags":[]}'],
  ['trackers of something else', '},"more":{"trackers":{}}}'],
  ['white space', `},"trackers": {"${URL}":[]}}`],
  ['an escaped address', '},"trackers":{"https:\\/\\/one.example":[]}}'],
  ['a list that is none', `},"trackers":{"${URL}":5}}`],
  ['an info-hash that is none', `},"trackers":{"${URL}":["${'x'.repeat(40)}"]}}`],
  ['an info-hash of a number', `},"trackers":{"${URL}":[5]}}`],
  ['an end too soon', `},"trackers":{"${URL}":["${A}"`],
  ['a comma too many', `},"trackers":{"${URL}":["${A}",]}}`],
] as const) {
  test(`${what} is left to a parser of all JSON`, () => {
    assert.is(takePlainTrackers(Buffer.from(rest)), null);
  });
}

test.run();
