import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { AccessKey } from '../../src/http/access.ts';
import { routes } from '../../src/http/routes/index.ts';
import { API_KEY, keysOf, withServer } from './support.ts';

const HOST = { Host: 'seedbox' };
const KEYS: readonly AccessKey[] = [
  ...keysOf(API_KEY),
  { name: 'hook', scope: 'webhook', key: 'the-key-of-the-webhook' },
  { name: 'grafana', scope: 'read', key: 'the-key-that-only-reads' },
];
const HOOK = { ...HOST, 'X-Api-Key': 'the-key-of-the-webhook' };
const READ = { ...HOST, 'X-Api-Key': 'the-key-that-only-reads' };

test('a webhook key opens POST /webhook and no other route', async () => {
  await withServer({ access: { keys: KEYS } }, async ({ ask, operations }) => {
    assert.is((await ask('POST', '/webhook', { form: 'event=add', headers: HOOK })).status, 202);
    for (const { method, path, open } of routes) {
      if (open === true || path === '/webhook') continue;
      const refused = await ask(method, path, { headers: HOOK });
      assert.is(refused.status, 403, `${method} ${path}`);
      assert.is(refused.json.error, 'key_scope');
      assert.not.match(refused.text, HOOK['X-Api-Key']);
    }
    assert.is((await ask('GET', '/webhook', { headers: HOOK })).status, 403);
    assert.is((await ask('GET', '/nothing', { headers: HOOK })).status, 403);
    assert.is(operations.calls.length, 1);
  });
});

test('a webhook key works under the base path, and opens nothing by way of it', async () => {
  await withServer({ access: { keys: KEYS, basePath: '/q' } }, async ({ ask }) => {
    assert.is((await ask('POST', '/q/webhook', { form: 'event=add', headers: HOOK })).status, 202);
    for (const path of [
      '/q/rollback',
      '/q/webhook/../rollback',
      '/q//webhook',
      '/q/webhook/',
      '/q/WEBHOOK',
    ]) {
      const { status } = await ask('POST', path, { json: { confirm: true }, headers: HOOK });
      assert.is(status, 403, path);
    }
  });
});

test('a read key opens each read and changes nothing', async () => {
  await withServer({ access: { keys: KEYS } }, async ({ ask, operations }) => {
    for (const { method, path, open } of routes) {
      if (open === true || path === '/events') continue;
      const { status } = await ask(method, path, { headers: READ });
      if (method === 'GET') assert.is.not(status, 403, path);
      else assert.is(status, 403, path);
    }
    const changes = operations.calls.filter(({ name }) =>
      /reset|roll|force|reload|resume|take|adopt|webhook/i.test(name),
    );
    assert.equal(changes, []);
  });
});

test('a login by a read key reads only, and none by a webhook key is', async () => {
  await withServer({ access: { keys: KEYS } }, async ({ ask }) => {
    const refused = await ask('POST', '/login', { json: { key: HOOK['X-Api-Key'] }, headers: HOST });
    assert.is(refused.status, 403);
    assert.is(refused.headers['set-cookie'], undefined);
    const answer = await ask('POST', '/login', { json: { key: READ['X-Api-Key'] }, headers: HOST });
    const headers = { ...HOST, Cookie: String(answer.headers['set-cookie']).split(';', 1).join('') };
    assert.equal((await ask('GET', '/session', { headers })).json, { granted_by: 'session', scope: 'read' });
    const change = await ask('POST', '/resume', { json: {}, headers });
    assert.is(change.status, 403);
    assert.is(change.json.key_name, 'grafana');
    const withKey = { ...headers, 'X-Api-Key': API_KEY };
    assert.is(
      (await ask('POST', '/resume', { json: {}, headers: withKey })).status,
      200,
      'the wider right counts',
    );
  });
});

test('a key beside a public read is counted, and gives its right', async () => {
  await withServer({ access: { keys: KEYS, publicReads: ['health'] }, now: () => 0 }, async ({ ask }) => {
    assert.is((await ask('GET', '/health', { headers: HOOK })).status, 200);
    for (let tries = 0; tries < 5; tries += 1) {
      const { status } = await ask('GET', '/health', { headers: { ...HOST, 'X-Api-Key': `guess-${tries}` } });
      assert.is(status, 200);
    }
    const right = { ...HOST, 'X-Api-Key': API_KEY };
    assert.is((await ask('GET', '/state', { headers: right })).status, 429);
  });
});

test.run();
