import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  checkPattern,
  compileMatcher,
  InvalidPatternError,
  isCatchAll,
  redactAnnounceUrl,
} from '../../src/control/matching.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const trackers = [
  { id: 'premium', pattern: '.*premium-tracker\\.com.*' },
  { id: 'public', pattern: '.*(nyaa|eztv).*' },
  { id: 'port', pattern: '^ports\\.example:8080/' },
  { id: 'default', pattern: '.*' },
];
const matcher = compileMatcher(trackers);
const idFor = (...urls: string[]): string | null => matcher.match(urls).trackerId;

const match = suite('match');

const table: readonly [string, string | null][] = [
  ['https://premium-tracker.com/announce', 'premium'],
  ['https://PREMIUM-Tracker.COM/announce', 'premium'],
  ['http://user:nyaa@premium-tracker.com:443/announce', 'premium'],
  ['udp://open.nyaa.tracker.wf:6969/announce', 'public'],
  ['wss://tracker.example/NYAA/announce', 'public'],
  ['http://ports.example:8080/announce', 'port'],
  ['http://ports.example:9090/announce', 'default'],
  ['http://[2001:db8::1]:6969/announce', 'default'],
  ['https://tracker.example?from=nyaa', 'default'],
  ['https://tracker.example/announce#nyaa', 'default'],
  ['https://nyaa:secret@tracker.example/announce', 'default'],
  ['  https://premium-tracker.com/announce \n', 'premium'],
  ['https://premium-tracker.com./announce', 'premium'],
  ['** [DHT] **', null],
  ['', null],
  ['premium-tracker.com/announce', null],
  ['http://', null],
  ['http:///announce', null],
  ['http://host with space/announce', null],
  ['ftp://premium-tracker.com/announce', null],
  ['https://a@b@c/announce', 'default'],
];
for (const [url, expected] of table) {
  match(`${JSON.stringify(url)} belongs to ${expected ?? 'no tracker'}`, () => {
    assert.is(idFor(url), expected);
    assert.is(matcher.explain(url).trackerId, expected);
  });
}

match('a torrent without a readable announce URL is unknown, never the catch-all', () => {
  assert.equal(matcher.match([]), { trackerId: null, pattern: null, matchedUrl: null });
  assert.is(idFor('** [DHT] **', '** [PeX] **'), null);
});

match('the URL in use decides alone when it matches anything but the catch-all', () => {
  assert.is(idFor('udp://nyaa.example/a', 'https://premium-tracker.com/a'), 'public');
});

match('behind a URL in use that only the catch-all matches, the earliest pattern of any URL wins', () => {
  assert.is(idFor('udp://x.example/a', 'udp://nyaa.example/a', 'https://premium-tracker.com/a'), 'premium');
  assert.is(idFor('** [DHT] **', 'udp://nyaa.example/a', 'udp://x.example/a'), 'public');
  assert.is(idFor('udp://x.example/a', 'udp://y.example/a'), 'default');
});

match('torrents without any tracker count under the catch-all, wherever it stands', () => {
  assert.is(
    compileMatcher([
      { id: 'a', pattern: 'a' },
      { id: 'rest', pattern: '^.+$' },
    ]).trackerlessId,
    'rest',
  );
  assert.is(compileMatcher([{ id: 'a', pattern: 'a' }]).trackerlessId, null);
});

match('a matcher without a catch-all leaves what nothing matches unknown', () => {
  assert.is(compileMatcher([{ id: 'a', pattern: 'a\\.org' }]).match(['http://b.org/']).trackerId, null);
  assert.is(compileMatcher([]).match(['http://b.org/']).trackerId, null);
});

match('a passkey that spells a pattern decides nothing, and the answer holds none', () => {
  const keyed = compileMatcher([
    { id: 'hex', pattern: 'abcdef' },
    { id: 'default', pattern: '.*' },
  ]);
  const result = keyed.match([`https://tracker.example/${KEY}/announce?passkey=${KEY}`]);
  assert.equal(result, {
    trackerId: 'default',
    pattern: '.*',
    matchedUrl: 'https://tracker.example/***/announce',
  });
});

match('answers stay the same when more URLs pass through than are remembered', () => {
  for (let index = 0; index < 5000; index += 1) {
    assert.is(idFor(`https://t${index}.example/announce`), 'default');
    assert.is(idFor('https://premium-tracker.com/announce'), 'premium');
  }
  assert.is(idFor('https://t0.example/announce'), 'default');
});

match('a pattern that takes others exponential time answers at once', () => {
  const slow = compileMatcher([{ id: 'slow', pattern: '(a|a)*$x' }]);
  const startedAt = performance.now();
  slow.match([`https://${'a'.repeat(5000)}.example/announce`]);
  assert.ok(performance.now() - startedAt < 500);
});

match('compiling a bad pattern names the tracker', () => {
  assert.throws(
    () => compileMatcher([{ id: 'broken', pattern: '(' }]),
    (error: unknown) => error instanceof InvalidPatternError && /"broken"/.test(error.message),
  );
});

match('never throws, and whatever it gives stands in the config', () => {
  const ids = [...trackers.map(({ id }) => id), null];
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((s) => `udp://${s}`),
        ),
      ),
      (urls) => {
        assert.ok(ids.includes(idFor(...urls)));
      },
    ),
  );
});
match.run();

const explain = suite('explain');

explain('tries every pattern in order, says what it matched on, and which wins', () => {
  const explanation = matcher.explain(`https://user:pw@NYAA.premium-tracker.com:443/${KEY}/announce?k=1`);
  assert.is(explanation.trackerId, 'premium');
  assert.is(explanation.text, 'nyaa.premium-tracker.com/***/announce');
  assert.is(explanation.textWithPort, 'nyaa.premium-tracker.com:443/***/announce');
  assert.is(explanation.url, 'https://nyaa.premium-tracker.com:443/***/announce?***');
  assert.equal(
    explanation.trials.map(({ trackerId, matched, wins }) => [trackerId, matched, wins]),
    [
      ['premium', true, true],
      ['public', true, false],
      ['port', false, false],
      ['default', true, false],
    ],
  );
  assert.match(explanation.reason, /first pattern in config order.*2 after it would match too/);
});

explain('says when only the text with the port matched', () => {
  const trial = matcher.explain('http://ports.example:8080/a').trials[2];
  assert.is(trial?.matchedText, 'ports.example:8080/a');
});

explain('says that what is not an announce URL belongs to no tracker', () => {
  const explanation = matcher.explain('** [DHT] **');
  assert.is(explanation.text, null);
  assert.match(explanation.reason, /not an announce URL/);
  assert.not.ok(explanation.trials.some(({ matched }) => matched));
});
explain.run();

const redact = suite('redactAnnounceUrl');

const redactions: readonly [string, string][] = [
  ['https://t.example/announce', 'https://t.example/announce'],
  ['https://t.example/announce?passkey=abc', 'https://t.example/announce?***'],
  [`https://t.example/${KEY}/announce`, 'https://t.example/***/announce'],
  [`https://t.example/announce.php/${KEY}.php`, 'https://t.example/announce.php/***.php'],
  [`https://t.example/a;passkey=${KEY}`, 'https://t.example/a;***'],
  ['https://t.example/AbCdEfGhIjKlMnOpQrSt/announce', 'https://t.example/***/announce'],
  ['https://t.example/abcdefghijklmnopqrst/announce', 'https://t.example/***/announce'],
  ['https://t.example/c2VjcmV0LXBhc3NrZXk=/announce', 'https://t.example/***/announce'],
  ['https://t.example/public-tracker-announce', 'https://t.example/public-tracker-announce'],
  ['https://me:secret@T.example:8443/announce', 'https://t.example:8443/announce'],
  [`not a url ${KEY}`, '(not an announce URL)'],
];
for (const [url, expected] of redactions) {
  redact(`${url} reads ${expected}`, () => assert.is(redactAnnounceUrl(url), expected));
}

redact('no key of 16 or more characters of any base comes through, wherever in the path or query', () => {
  const base = fc.constantFrom(
    '0123456789abcdef',
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
    'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  );
  const key = base.chain((alphabet) =>
    fc.string({ unit: fc.constantFrom(...alphabet), minLength: 16, maxLength: 64 }),
  );
  fc.assert(
    fc.property(key, (secret) => {
      const url = `https://u:${secret}@t.example/x/${secret}/announce?k=${secret}`;
      assert.not.ok(redactAnnounceUrl(url).includes(secret));
      assert.not.ok(JSON.stringify(matcher.explain(url)).includes(secret));
    }),
  );
});
redact.run();

const patterns = suite('checkPattern');

for (const pattern of [
  '.*',
  'a',
  '.*(nyaa|eztv).*',
  '^(?:a|b)\\.org/',
  '(?P<n>a)',
  '[(?=]',
  '\\(\\?=',
  '(?i)A',
]) {
  patterns(`${pattern} is good`, () => assert.is(checkPattern(pattern), null));
}

const refused: readonly [string, RegExp][] = [
  ['', /empty/],
  ['  ', /empty/],
  ['(', /not a valid regular expression.*missing closing \)/],
  ['[z-a]', /not a valid regular expression/],
  ['*a', /not a valid regular expression/],
  ['foo(?=bar)', /lookahead.*not supported.*linear-time/],
  ['^(?!.*nyaa).*', /lookahead.*not supported/],
  ['(?<=a)b', /lookbehind.*not supported/],
  ['(?<!a)b', /lookbehind.*not supported/],
  ['(a)\\1', /backreference.*not supported/],
  ['(?P<n>a)(?P=n)', /backreference.*not supported/],
  ['(?>a)b', /atomic group.*not supported/],
  ['a++', /possessive.*not supported/],
  ['a{1001}', /repeat count/],
];
for (const [pattern, message] of refused) {
  patterns(`${JSON.stringify(pattern)} is refused with a reason`, () => {
    assert.match(checkPattern(pattern) ?? '', message);
  });
}

patterns('a message never shows the case flag that is put before the pattern', () => {
  assert.not.match(checkPattern('(') ?? '', /\(\?i\)/);
});

patterns('never throws', () => {
  fc.assert(fc.property(fc.string(), (pattern) => assert.not.throws(() => checkPattern(pattern))));
});

for (const pattern of ['.*', '.+', '^.*$', '^.+$', '.', '(.*)', '(?:.*)?', '[^ ]+', '(a|.*)', '/']) {
  patterns(`${pattern} matches everything`, () => assert.ok(isCatchAll(pattern)));
}
for (const pattern of ['.*\\..*', '.*tracker.*', '[a-z]+', '\\d', '.*announce', '^https?://.*', '', '(']) {
  patterns(`${JSON.stringify(pattern)} is no catch-all`, () => assert.not.ok(isCatchAll(pattern)));
}
patterns.run();
