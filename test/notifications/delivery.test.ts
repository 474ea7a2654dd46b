import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deliver } from '../../src/notifications/delivery.ts';
import type { Notice } from '../../src/notifications/notice.ts';
import type { Target } from '../../src/notifications/payload.ts';
import { freePorts } from '../support/real-swarm/free-ports.ts';
import { type Reply, rejection, withServer } from '../support/scripted-server.ts';

const test = suite('one delivery');
const TOKEN = 'planted-token-4711';
const NOTICE: Notice = {
  kind: 'offline',
  severity: 'failure',
  title: 'Away',
  message: 'line\r\nX-Injected: 1\r\n\r\n{"event":"fake"}',
  at: 0,
};

function targetAt(base: string, type: Target['type'] = 'webhook'): Target {
  return { type, url: `${base}/hooks/${TOKEN}?key=${TOKEN}`, events: [] };
}

function sendTo(url: string, type: Target['type'] = 'webhook', timeoutMs = 2_000) {
  return deliver(targetAt(url, type), NOTICE, timeoutMs, new AbortController().signal);
}

test('it is posted as JSON to the very URL, and nothing in it adds a header or a body', async () => {
  await withServer(
    () => ({ status: 204 }),
    async (server) => {
      assert.equal(await sendTo(server.url), { ok: true });
      const [seen, ...more] = server.seen;
      assert.equal(more, []);
      assert.is(`${seen?.method} ${seen?.path}?${seen?.query}`, `POST /hooks/${TOKEN}?key=${TOKEN}`);
      assert.is(seen?.headers['content-type'], 'application/json');
      assert.is(seen?.headers['x-injected'], undefined);
      assert.is(JSON.parse(seen?.body ?? '').message, NOTICE.message);
    },
  );
});

const OUTCOMES: readonly (readonly [type: Target['type'], reply: Reply, outcome: object])[] = [
  ['apprise', { status: 200 }, { ok: true }],
  ['apprise', { status: 204 }, { problem: 'Apprise has nothing to send to under that key', retry: null }],
  ['discord', { status: 204 }, { ok: true }],
  ['discord', { status: 404 }, { problem: "it answered 404: check the target's url", retry: null }],
  ['discord', { status: 429, headers: { 'retry-after': '7' } }, { retry: { afterMs: 7_000 } }],
  ['webhook', { status: 503 }, { problem: 'it answered 503', retry: { afterMs: null } }],
  ['webhook', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, { retry: null }],
  ['webhook', { breakAfterBytes: 'before-answer' }, { problem: 'no connection (ECONNRESET)' }],
];

for (const [type, reply, expected] of OUTCOMES) {
  test(`${type}: ${JSON.stringify(reply)} is ${JSON.stringify(expected)}`, async () => {
    await withServer(
      () => reply,
      async (server) => {
        const outcome = await sendTo(server.url, type);
        assert.equal({ ...outcome, ...expected }, outcome);
        assert.not.match(JSON.stringify(outcome), TOKEN);
        assert.is(server.seen.length, 1);
      },
    );
  });
}

test('no answer in time, or only half of one, holds nothing up', async () => {
  await withServer(
    () => ({ hang: 'before-answer' }),
    async (server) => {
      assert.equal(await sendTo(server.url, 'webhook', 50), {
        ok: false,
        problem: 'no answer within 0.05 s',
        retry: { afterMs: null },
      });
      server.script = () => ({ hang: 'in-body', body: 'and so on' });
      assert.equal(await sendTo(server.url), { ok: true });
    },
  );
});

test('a port where nothing listens is a problem without the address', async () => {
  const [port = 0] = await freePorts(1);
  const outcome = await sendTo(`http://127.0.0.1:${port}`);
  assert.equal(outcome, { ok: false, problem: 'no connection (ECONNREFUSED)', retry: { afterMs: null } });
});

test('a URL that cannot be used is a problem without its text', async () => {
  const outcome = await sendTo('ftp://nowhere.example');
  assert.ok(!outcome.ok && /^it could not be sent \(\w+\)$/.test(outcome.problem), JSON.stringify(outcome));
});

test('it is broken off by its signal', async () => {
  await withServer(
    () => ({ hang: 'before-answer' }),
    async (server) => {
      const abort = new AbortController();
      const sending = deliver(targetAt(server.url), NOTICE, 60_000, abort.signal);
      abort.abort();
      assert.is((await rejection(sending)).name, 'AbortError');
      assert.is((await rejection(deliver(targetAt(server.url), NOTICE, 1, abort.signal))).name, 'AbortError');
    },
  );
});

test.run();
