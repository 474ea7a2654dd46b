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
      // A stream of events doesn't end; its head does.
      const asked = path === '/events' ? 'HEAD' : method;
      assert.is.not((await ask(asked, path)).status, 404, `${method} ${path}`);
    }
  });
});

test('each reading route answers what its operation gives', async () => {
  await withServer({}, async ({ ask }) => {
    const expected: Record<string, unknown> = {
      '/ping': { status: 'ok' },
      '/health': { status: 'healthy', problems: [], notes: [], uptime_seconds: 1 },
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
  const health = () => ({ status, problems: ['a line'], notes: [], version: '1' });
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
      assert.equal(answer.json, { status: given, problems: ['a line'], notes: [], version: '1' });
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

test('the journal is read in pages of bounded size, filtered as asked', async () => {
  await withServer({}, async ({ ask, operations }) => {
    assert.is((await ask('GET', '/journal')).status, 200);
    const query = 'kind=original&offset=20&limit=500&tracker=a&search=x%20y&search=second&apikey=k';
    assert.is((await ask('GET', `/journal?${query}`)).status, 200);
    assert.equal(operations.calls, [
      {
        name: 'journalPage',
        args: [{ kind: 'change', offset: 0, limit: 100, tracker: null, search: '' }],
      },
      {
        name: 'journalPage',
        args: [{ kind: 'original', offset: 20, limit: 500, tracker: 'a', search: 'x y' }],
      },
    ]);
    for (const bad of [
      'kind=secret',
      'limit=0',
      'limit=501',
      'limit=abc',
      'limit=1e2',
      'limit=',
      'offset=-1',
      'offset=1.5',
      'offset=9999999999999999',
      `search=${'s'.repeat(201)}`,
    ]) {
      const answer = await ask('GET', `/journal?${bad}`);
      assert.is(answer.status, 400, bad);
      assert.match(String(answer.json.message), bad.split('=')[0] as string);
      assert.not.match(answer.text, 'secret');
    }
    assert.is(operations.calls.length, 2);
  });
});

test('torrents are listed by a query of which every part is checked', async () => {
  await withServer({}, async ({ ask, operations }) => {
    assert.is((await ask('GET', '/torrents')).status, 200);
    const query = 'search=%3Cb%3E&tracker=&show=own-limit&sort=name&order=asc&offset=50&limit=25';
    assert.is((await ask('GET', `/torrents?${query}`)).status, 200);
    const common = {
      tracker: null,
      search: '',
      show: 'all',
      sort: 'usage',
      order: 'desc',
      offset: 0,
      limit: 50,
    };
    assert.equal(
      operations.calls.map(({ args }) => args[0]),
      [
        common,
        { search: '<b>', tracker: '', show: 'own-limit', sort: 'name', order: 'asc', offset: 50, limit: 25 },
      ],
    );
    for (const bad of ['sort=__proto__', 'show=none', 'order=up', 'limit=501', 'offset=x']) {
      const answer = await ask('GET', `/torrents?${bad}`);
      assert.is(answer.json.error, 'invalid_query', bad);
    }
    const many = await ask('GET', '/torrents?sort=x&order=y');
    assert.is((many.json.problems as string[]).length, 2, 'each that is wrong is named');
  });
});

test.run();
