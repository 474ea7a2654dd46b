import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { excerptOf } from '../../src/qbittorrent/errors.ts';

const test = suite('qBittorrent errors');

test('an excerpt ends URLs after their host and stars what may be a key', () => {
  assert.is(
    excerptOf('see https://joe:pw@t.example:80/announce/abc?passkey=1 now'),
    '"see https://t.example:80/*** now"',
  );
  assert.is(
    excerptOf('<p>Cannot GET /proxy/k3y-of-12/api/v2/app</p>'),
    '"<p>Cannot GET /proxy/***/api/v2/app</p>"',
  );
  assert.is(excerptOf('{"SID":"L5IsmgjLQcpQzcuBunYkbi"}'), '"{"SID":"***"}"');
  assert.is(excerptOf(' \n '), 'an empty body');
});

test('an excerpt is short, and not cut so that half a key shows', () => {
  const text = excerptOf(`${'word '.repeat(200)}`);
  assert.ok(text.length < 130);
  assert.not.match(excerptOf(`${'a '.repeat(55)}https://t.example/announce/secret`), 'secret');
});

test.run();
