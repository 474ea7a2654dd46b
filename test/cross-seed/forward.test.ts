import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { crossSeedUrl } from '../../src/cross-seed/endpoint.ts';
import { type CrossSeedSettings, forward } from '../../src/cross-seed/forward.ts';
import { probeCrossSeed } from '../../src/cross-seed/probe.ts';
import { crossSeed } from '../support/cross-seed-server.ts';
import { freePorts } from '../support/real-swarm/free-ports.ts';
import { type Reply, rejection, type Script, withServer } from '../support/scripted-server.ts';

const test = suite('one torrent told to cross-seed');
const HASH = '0123456789abcdef0123456789abcdef01234567';
const KEY = 'planted-key-9921';

function settings(url: string, more: Partial<CrossSeedSettings> = {}): CrossSeedSettings {
  return { enabled: true, url, api_key: KEY, timeout: 2, ...more };
}

const never = new AbortController().signal;

test('the address may be that of the webhook or that of cross-seed, with a basePath and a query', () => {
  const cases: readonly (readonly [url: string, webhook: string])[] = [
    ['http://nas:2468', 'http://nas:2468/api/webhook'],
    ['http://nas:2468/', 'http://nas:2468/api/webhook'],
    ['http://nas:2468/api/webhook', 'http://nas:2468/api/webhook'],
    ['http://nas:2468/api/webhook/?apikey=k', 'http://nas:2468/api/webhook?apikey=k'],
    ['https://nas/cross-seed', 'https://nas/cross-seed/api/webhook'],
  ];
  for (const [url, webhook] of cases) assert.is(crossSeedUrl(url, 'webhook'), webhook);
  assert.is(crossSeedUrl('https://nas/x/api/webhook', 'ping'), 'https://nas/x/api/ping');
});

test('cross-seed takes it: the info-hash alone, as JSON, with the key in X-Api-Key', async () => {
  await withServer(crossSeed(KEY), async (server) => {
    assert.equal(await forward(settings(server.url), HASH, never), { ok: true });
    const [seen] = server.seen;
    assert.is(seen?.body, `{"infoHash":"${HASH}"}`);
    assert.is(seen?.headers['content-type'], 'application/json');
    assert.is(seen?.headers['x-api-key'], KEY);
    assert.equal(server.log, ['POST /api/webhook']);
  });
});

test('it takes it too under a basePath, and with the key in the address', async () => {
  await withServer(crossSeed(KEY, '/seeds'), async (server) => {
    const url = `${server.url}/seeds/api/webhook?apikey=${KEY}`;
    assert.equal(await forward(settings(url, { api_key: '' }), HASH, never), { ok: true });
  });
});

const OUTCOMES: readonly (readonly [what: string, script: Script, problem: RegExp, retries: boolean])[] = [
  ['a wrong key', crossSeed('other'), /answered 401: check cross_seed\.api_key/, false],
  ['another basePath', crossSeed(KEY, '/elsewhere'), /answered 404: .*basePath/, false],
  ['a redirect', answering({ status: 302, headers: { location: '/' } }), /302: check cross_seed\.url/, false],
  ['an old version that wants more', answering({ status: 400 }), /answered 400: .*version 6/, false],
  ['one that starts', answering({ status: 503 }), /^it answered 503$/, true],
  ['a failing one', answering({ status: 500 }), /^it answered 500$/, true],
  ['a connection that breaks', answering({ breakAfterBytes: 'before-answer' }), /ECONNRESET/, true],
];

function answering(reply: Reply): Script {
  return () => reply;
}

for (const [what, script, problem, retries] of OUTCOMES) {
  test(`${what}: ${retries ? 'tried again' : 'not tried again, and said what to do'}`, async () => {
    await withServer(script, async (server) => {
      const outcome = await forward(settings(server.url), HASH, never);
      if (outcome.ok) throw new Error('expected a failure');
      assert.match(outcome.problem, problem);
      assert.is(outcome.retry !== null, retries);
      assert.not.match(JSON.stringify(outcome), KEY);
      assert.is(server.seen.length, 1);
    });
  });
}

test('no answer in time is tried again, and a stop breaks it off', async () => {
  await withServer(answering({ hang: 'before-answer' }), async (server) => {
    assert.equal(await forward(settings(server.url, { timeout: 0.05 }), HASH, never), {
      ok: false,
      problem: 'no answer within 0.05 s',
      retry: { afterMs: null },
    });
    const stopping = new AbortController();
    const stopped = rejection(forward(settings(server.url), HASH, stopping.signal));
    stopping.abort(new Error('stopped'));
    assert.is((await stopped).message, 'stopped');
  });
});

test('switched off meanwhile, nothing is sent', async () => {
  await withServer(crossSeed(KEY), async (server) => {
    const outcome = await forward(settings(server.url, { enabled: false }), HASH, never);
    assert.is(outcome.ok, false);
    assert.equal(server.seen, []);
  });
});

test('the doctor reports a wrong key, a wrong address and one that is away, and nothing is searched', async () => {
  await withServer(crossSeed(KEY), async (server) => {
    assert.is(await probeCrossSeed(settings(`${server.url}/api/webhook`), never), null);
    const wrongKey = await probeCrossSeed(settings(server.url, { api_key: 'planted-other' }), never);
    assert.match(wrongKey?.problem ?? '', /refuses cross_seed\.api_key/);
    assert.match(
      (await probeCrossSeed(settings(`${server.url}/x`), never))?.problem ?? '',
      /no cross-seed.* 404/,
    );
    assert.not.ok(server.log.some((line) => line.startsWith('POST')));
  });
  const [closed] = await freePorts(1);
  const away = await probeCrossSeed(settings(`http://127.0.0.1:${closed}/?apikey=${KEY}`), never);
  assert.match(away?.problem ?? '', /can't be reached.*ECONNREFUSED/);
  assert.not.match(JSON.stringify(away), KEY);
});

test.run();
