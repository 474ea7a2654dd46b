import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { routes } from '../../../src/http/routes/index.ts';
import type { HealthReport } from '../../../src/service/operations.ts';
import { withServer } from '../support.ts';

test('GET / lists exactly the routes that are mounted, and each of them is there', async () => {
  await withServer({}, async ({ ask }) => {
    const { status, json } = await ask('GET', '/');
    assert.is(status, 200);
    assert.is(json.name, 'qguardarr');
    assert.is(json.version, '9.8.7');
    const listed = json.endpoints as { method: string; path: string; summary: string }[];
    assert.is(listed.length, routes.length);
    for (const { method, path, summary } of listed) {
      assert.ok(summary.length > 0 && !summary.includes('\n'), path);
      const other = method === 'GET' ? 'POST' : 'GET';
      const wrong = await ask(other, path);
      assert.is(wrong.status, 405, `${other} ${path}`);
      assert.match(String(wrong.headers.allow), method);
      assert.is.not((await ask(method, path)).status, 404, `${method} ${path}`);
    }
  });
});

test('each reading route answers what its operation gives', async () => {
  await withServer({}, async ({ ask }) => {
    const expected: Record<string, unknown> = {
      '/ping': { status: 'ok' },
      '/health': { status: 'healthy', problems: [], uptime_seconds: 1 },
      '/state': { service: 'steady', link: 'online', cycle: 'idle', trackers: {}, last_events: [] },
      '/stats': { from: 'stats' },
      '/stats/trackers': { premium: { configured_limit_mbps: 4 } },
      '/stats/managed': { from: 'managed' },
      '/preview/next-cycle': { from: 'preview' },
      '/config': { qbittorrent: { password: '***' } },
    };
    for (const [path, body] of Object.entries(expected)) {
      const answer = await ask('GET', path);
      assert.is(answer.status, 200, path);
      assert.match(String(answer.headers['content-type']), /^application\/json/);
      assert.equal(answer.json, body);
    }
  });
});

test('health is 200 while healthy or degraded and 503 otherwise, with the whole report', async () => {
  let status: HealthReport['status'] = 'healthy';
  const health = () => ({ status, problems: ['a line'], version: '1' });
  await withServer({ fake: { health } }, async ({ ask }) => {
    for (const [given, code] of [
      ['healthy', 200],
      ['degraded', 200],
      ['starting', 503],
      ['unhealthy', 503],
    ] as const) {
      status = given;
      const answer = await ask('GET', '/health');
      assert.is(answer.status, code, given);
      assert.equal(answer.json, { status: given, problems: ['a line'], version: '1' });
      assert.is((await ask('HEAD', '/health')).status, code);
    }
  });
});

test('the match test passes the URL on and wants detailed as true or false', async () => {
  await withServer({}, async ({ ask, operations }) => {
    const url = 'https://t.example/announce?passkey=s3cret';
    assert.is((await ask('GET', `/match/test?url=${encodeURIComponent(url)}&detailed=true`)).status, 200);
    assert.is((await ask('GET', `/match/test?url=x`)).status, 200);
    assert.equal(operations.calls, [
      { name: 'matchTest', args: [url, true] },
      { name: 'matchTest', args: ['x', false] },
    ]);
    for (const query of ['', '?url=', '?url=s3cret&detailed=yes']) {
      const bad = await ask('GET', `/match/test${query}`);
      assert.is(bad.status, 400, query);
      assert.is(bad.json.error, 'invalid_query');
      assert.not.match(bad.text, 's3cret');
    }
  });
});

test('the journal is read in pages of bounded size', async () => {
  await withServer({}, async ({ ask, operations }) => {
    assert.is((await ask('GET', '/journal')).status, 200);
    assert.is((await ask('GET', '/journal?kind=original&offset=20&limit=1000')).status, 200);
    assert.equal(operations.calls, [
      { name: 'journalPage', args: ['change', 0, 100] },
      { name: 'journalPage', args: ['original', 20, 1000] },
    ]);
    for (const query of [
      'kind=secret',
      'limit=0',
      'limit=1001',
      'limit=abc',
      'limit=1e2',
      'limit=',
      'offset=-1',
      'offset=1.5',
      'offset=9999999999999999',
    ]) {
      const bad = await ask('GET', `/journal?${query}`);
      assert.is(bad.status, 400, query);
      assert.match(String(bad.json.message), query.split('=')[0] as string);
    }
    assert.is(operations.calls.length, 2);
  });
});

test.run();
