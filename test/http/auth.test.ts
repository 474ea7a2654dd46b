import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isDirectLoopback } from '../../src/http/client.ts';
import { API_KEY, keysOf, withServer } from './support.ts';

/** A name that changes may be asked for under, but that isn't loopback: so a key is needed. */
const LAN = { Host: 'seedbox' };

/** As proxies, tunnels, content networks and gateways of logins add them. */
const FORWARDER_HEADERS = [
  'via',
  'forwarded',
  'x-forwarded',
  'forwarded-for',
  'x-forwarded-server',
  'x-forwarded-user',
  'x-forwarded-anything',
  'cf-connecting-ip',
  'cf-ray',
  'cdn-loop',
  'true-client-ip',
  'client-ip',
  'x-client-ip',
  'fastly-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
  'x-original-url',
  'x-original-forwarded-for',
  'x-remote-ip',
  'remote-user',
  'x-proxyuser-ip',
  'proxy-connection',
  'tailscale-user-login',
  'x-auth-request-email',
  'x-authentik-username',
  'x-amzn-trace-id',
  'x-scheme',
  'front-end-https',
  'fly-client-ip',
  'max-forwards',
];

function request(remoteAddress: string | undefined, headers: IncomingHttpHeaders) {
  return { headers, httpVersion: '1.1', socket: { remoteAddress } as Socket };
}

test('only a socket, a Host and no proxy that all say loopback make a request one of this machine', () => {
  const direct = [
    ['127.0.0.1', 'localhost'],
    ['127.0.0.1', 'LOCALHOST:8089'],
    ['127.8.9.1', '127.0.0.1:8089'],
    ['::1', '[::1]:8089'],
    ['::1', 'localhost.'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
  ] as const;
  for (const [address, host] of direct) assert.ok(isDirectLoopback(request(address, { host })), host);

  const others: [string | undefined, IncomingHttpHeaders][] = [
    ['192.168.1.5', { host: 'localhost' }],
    ['::ffff:10.0.0.1', { host: '127.0.0.1' }],
    ['2001:db8::1', { host: '[::1]' }],
    [undefined, { host: 'localhost' }],
    ['127.0.0.1', {}],
    ['127.0.0.1', { host: '' }],
    ['127.0.0.1', { host: 'evil.example' }],
    ['127.0.0.1', { host: '127.0.0.1.evil.example' }],
    ['127.0.0.1', { host: 'localhost.evil.example' }],
    ['127.0.0.1', { host: 'evil.example@localhost' }],
    ['127.0.0.1', { host: 'localhost, evil.example' }],
    ['127.0.0.1', { host: '0.0.0.0:8089' }],
    ['127.0.0.1', { host: 'seedbox' }],
    ['127.0.0.1', { host: 'localhost', 'x-forwarded-for': '127.0.0.1' }],
    ['127.0.0.1', { host: 'localhost', 'x-forwarded-for': '' }],
    ['127.0.0.1', { host: 'localhost', forwarded: 'for=127.0.0.1' }],
    ['127.0.0.1', { host: 'localhost', 'x-real-ip': '127.0.0.1' }],
    ['127.0.0.1', { host: 'localhost', 'x-forwarded-host': 'a' }],
    ...FORWARDER_HEADERS.map((name): [string, IncomingHttpHeaders] => [
      '127.0.0.1',
      { host: 'localhost', [name]: '' },
    ]),
  ];
  for (const [address, headers] of others) {
    assert.not.ok(isDirectLoopback(request(address, headers)), `${address} ${JSON.stringify(headers)}`);
  }
});

test('what scripts, curl and browsers send of their own ends no trust', () => {
  const own = [
    'accept',
    'accept-encoding',
    'accept-language',
    'cache-control',
    'connection',
    'content-length',
    'content-type',
    'cookie',
    'dnt',
    'if-none-match',
    'last-event-id',
    'origin',
    'pragma',
    'priority',
    'referer',
    'sec-ch-ua-platform',
    'sec-fetch-site',
    'traceparent',
    'upgrade-insecure-requests',
    'user-agent',
    'x-api-key',
    'x-requested-with',
  ];
  const headers = Object.fromEntries([['host', 'localhost'], ...own.map((name) => [name, 'x'])]);
  assert.ok(isDirectLoopback(request('127.0.0.1', headers)));
});

test('HTTP/1.0 is of a proxy: nginx speaks it unless told otherwise', () => {
  assert.not.ok(isDirectLoopback({ ...request('127.0.0.1', { host: 'localhost' }), httpVersion: '1.0' }));
});

test('a loopback request needs no key, unless loopback is not trusted', async () => {
  await withServer({}, async ({ ask }) => {
    assert.is((await ask('GET', '/state')).status, 200);
    assert.is((await ask('GET', '/state', { headers: { 'X-Api-Key': 'wrong' } })).status, 200);
  });
  await withServer({ access: { trustLoopback: false } }, async ({ ask }) => {
    assert.is((await ask('GET', '/state')).status, 401);
    assert.is((await ask('GET', '/state', { headers: { 'X-Api-Key': API_KEY } })).status, 200);
  });
});

test('every path but /ping needs the key from elsewhere, an unknown one too', async () => {
  await withServer({}, async ({ ask, operations }) => {
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/health'],
      ['GET', '/config'],
      ['HEAD', '/state'],
      ['OPTIONS', '/state'],
      ['GET', '/nothing'],
      ['GET', '/PING'],
      ['GET', '//ping'],
      ['POST', '/webhook'],
      ['POST', '/rollback'],
    ] as const) {
      const refused = await ask(method, path, { headers: LAN });
      assert.is(refused.status, 401, `${method} ${path}`);
      assert.match(String(refused.headers['www-authenticate']), 'ApiKey');
      if (method === 'HEAD') continue;
      assert.is(refused.json.error, 'key_missing');
      assert.match(String(refused.json.message), 'X-Api-Key');
    }
    assert.is((await ask('GET', '/ping', { headers: LAN })).status, 200);
    assert.equal(operations.calls, []);
  });
});

test('a rebound domain and a forged X-Forwarded-For are not taken for this machine', async () => {
  await withServer({}, async ({ ask }) => {
    assert.is((await ask('GET', '/config', { headers: { Host: 'evil.example' } })).status, 401);
    assert.is((await ask('GET', '/config', { headers: { 'X-Forwarded-For': '127.0.0.1' } })).status, 401);
    assert.is((await ask('GET', '/config', { headers: { Forwarded: 'for=127.0.0.1' } })).status, 401);
  });
});

test('the key is taken from the header or from the query', async () => {
  await withServer({}, async ({ ask, operations }) => {
    assert.is((await ask('GET', '/state', { headers: { ...LAN, 'X-Api-Key': API_KEY } })).status, 200);
    assert.is((await ask('GET', `/state?apikey=${API_KEY}`, { headers: LAN })).status, 200);
    const form = { form: 'event=add', headers: LAN };
    assert.is((await ask('POST', `/webhook?x=1&apikey=${API_KEY}`, form)).status, 202);
    assert.is(operations.calls.length, 1);
  });
});

test('a wrong key is refused, and not repeated in the answer or the log', async () => {
  await withServer({}, async ({ ask, lines }) => {
    for (const key of ['s3cret', `${API_KEY}x`, API_KEY.slice(1), API_KEY.toUpperCase()]) {
      const refused = await ask('GET', `/state?apikey=${key}`, { headers: LAN });
      assert.is(refused.status, 401);
      assert.is(refused.json.error, 'key_wrong');
      assert.not.match(refused.text, key);
    }
    const header = { headers: { ...LAN, 'X-Api-Key': 'wrong' } };
    assert.is((await ask('GET', `/state?apikey=${API_KEY}`, header)).status, 401, 'the header comes first');
    assert.not.match(JSON.stringify(lines), 's3cret');
  });
});

test('with no key set nothing matches, an empty key neither', async () => {
  await withServer({ access: { keys: [] } }, async ({ ask }) => {
    assert.is((await ask('GET', '/state?apikey=', { headers: LAN })).status, 401);
    assert.is((await ask('GET', '/state', { headers: { ...LAN, 'X-Api-Key': '' } })).status, 401);
    assert.is((await ask('GET', '/state?apikey=x', { headers: LAN })).status, 401);
  });
});

test('a key that was changed is in force at the next request', async () => {
  let key = 'first';
  await withServer({ access: () => ({ keys: keysOf(key) }) }, async ({ ask }) => {
    assert.is((await ask('GET', '/state?apikey=first', { headers: LAN })).status, 200);
    key = 'second';
    assert.is((await ask('GET', '/state?apikey=first', { headers: LAN })).status, 401);
    assert.is((await ask('GET', '/state?apikey=second', { headers: LAN })).status, 200);
  });
});

test('after five wrong keys an address is paused, the right key too, and this machine is not', async () => {
  let clock = 0;
  await withServer({ now: () => clock }, async ({ ask, lines }) => {
    const withKey = (key: string) => ask('GET', '/state', { headers: { ...LAN, 'X-Api-Key': key } });
    for (let tries = 0; tries < 5; tries += 1) assert.is((await withKey('wrong')).status, 401);
    const paused = await withKey(API_KEY);
    assert.is(paused.status, 429);
    assert.is(paused.json.error, 'too_many_wrong_keys');
    assert.is(paused.headers['retry-after'], '1');
    assert.is((await ask('GET', '/state')).status, 200);
    assert.is(lines.length, 1);
    clock = 1000;
    assert.is((await withKey(API_KEY)).status, 200);
    for (let tries = 0; tries < 2; tries += 1) assert.is((await withKey('wrong')).status, 401);
    assert.is((await withKey(API_KEY)).status, 200, 'the right key cleared the count');
  });
});

test.run();
