import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileMatcher } from '../../src/control/matching.ts';
import { announceKey, announceText } from '../../src/qbittorrent/announce-key.ts';
import { AnnounceUrls, NOWHERE } from '../../src/qbittorrent/announce-urls.ts';
import { RowSet } from '../../src/qbittorrent/row-set.ts';

const test = suite('announce urls');

const HOSTS = ['a', 'b', 'c', 'd', 'e'].map((letter) => `https://${letter}.example/announce`);
const MATCHERS = [
  ['c\\.', 'a\\.', '.*'],
  ['b\\.', 'd\\.'],
].map((patterns) => compileMatcher(patterns.map((pattern, n) => ({ id: `${n}`, pattern }))));
const nothing = (): void => undefined;

type Step =
  | { readonly kind: 'tell'; readonly url: string; readonly rows: readonly number[] }
  | { readonly kind: 'put'; readonly url: string; readonly rows: readonly number[] }
  | { readonly kind: 'forget'; readonly url: string; readonly rows: readonly number[] };

test('whatever is told and gone, each row has its URLs, and the place of the first pattern that matches one', () => {
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom('tell', 'tell', 'put', 'forget'),
    url: fc.constantFrom(...HOSTS),
    rows: fc.array(fc.nat(40), { maxLength: 30 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.nat(1), (steps, from) => {
      const urls = new AnnounceUrls();
      const plain = new Map(HOSTS.map((url) => [url, new Set<number>()]));
      for (const [index, { kind, url, rows }] of steps.entries()) {
        const changed = new Set<number>();
        const before = plain.get(url) ?? new Set();
        if (kind === 'forget') {
          urls.forget(RowSet.of(rows));
          for (const set of plain.values()) for (const row of rows) set.delete(row);
        } else if (kind === 'put') {
          for (const row of rows) urls.put(row, url);
          for (const row of rows) before.add(row);
        } else {
          urls.tell(url, RowSet.of(rows), (row) => changed.add(row));
          const now = new Set(rows);
          const differs = [...new Set([...before, ...now])].filter((row) => before.has(row) !== now.has(row));
          assert.equal([...changed].sort(), differs.sort(), 'told who changed');
          plain.set(url, now);
        }
        const matcher = MATCHERS[(index + from) % 2] ?? compileMatcher([]);
        const byRow = urls.byRow();
        for (let row = 0; row <= 40; row += 1) {
          const expected = HOSTS.filter((host) => plain.get(host)?.has(row));
          assert.equal(urls.of(row).sort(), expected);
          assert.equal([...(byRow[row] ?? [])].sort(), expected);
          assert.is(urls.countOf(row), expected.length);
          const place = Math.min(NOWHERE, ...expected.map((host) => matcher.placeOf(host)));
          assert.is(urls.placeOf(row, matcher), place);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('a torrent is under no more URLs than it is worth, and others are under theirs all the same', () => {
  const urls = new AnnounceUrls();
  for (let n = 0; n < 2_000; n += 1) urls.tell(`udp://t${n}.example`, RowSet.of([3]), nothing);
  assert.is(urls.countOf(3), 1024);
  assert.is([...urls.sizes()].length, 1024);
  urls.tell('udp://t1999.example', RowSet.of([3, 4]), nothing);
  assert.equal(urls.of(4), ['udp://t1999.example']);
  urls.tell('udp://t0.example', RowSet.of([]), nothing);
  urls.tell('udp://t1999.example', RowSet.of([3, 4]), nothing);
  assert.ok(urls.of(3).includes('udp://t1999.example'), 'there is room again');
});

test('when there are 262,144 URLs, new ones are taken only for torrents that are under few', () => {
  const urls = new AnnounceUrls();
  for (let n = 0; n < 262_144; n += 1) urls.put(n >> 9, `udp://t${n}.example`);
  urls.tell('udp://new.example', RowSet.of([3]), nothing);
  assert.equal(urls.leftOut.first(9), [3]);
  urls.tell('udp://new.example', RowSet.of([3, 600]), nothing);
  assert.equal(urls.of(600), ['udp://new.example']);
  urls.tell('udp://t0.example', RowSet.of([0, 4]), nothing);
  assert.is(urls.countOf(4), 513, 'one that is known');
});

test('a URL is kept without its passkey, and is another one with another passkey', () => {
  const [one, other] = ['a', 'b'].map((key) => announceKey(`https://t.example/${key.repeat(32)}/announce`));
  assert.ok(one && other && one !== other);
  assert.not.match(`${one}${other}`, /aaaa|bbbb/);
  assert.is(announceText(one), 'https://t.example/***/announce');
  assert.is(announceText(other), announceText(one));
  assert.is(compileMatcher([{ id: 't', pattern: '^t\\.example/\\*' }]).placeOf(one), 0);
});

test('what has no passkey is kept as it is; what is no announce URL, or longer than any, is not kept', () => {
  for (const url of ['udp://t.example:6969/announce', 'wss://t.example/']) assert.is(announceKey(url), url);
  for (const text of ['', '** [DHT] **', 'ftp://t.example/', `udp://t.example/${'a/'.repeat(600)}`])
    assert.is(announceKey(text), null);
});

test.run();
