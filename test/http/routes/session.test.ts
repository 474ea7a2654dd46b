import { request } from 'node:http';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { API_KEY, keysOf, type TestServer, withServer } from '../support.ts';

/** Not loopback: so it takes a key or a login. */
const HOST = { Host: 'seedbox:8089' };

async function logIn(ask: TestServer['ask']): Promise<string> {
  const answer = await ask('POST', '/login', { json: { key: API_KEY }, headers: HOST });
  assert.is(answer.status, 200, answer.text);
  const [cookie = ''] = answer.headers['set-cookie'] ?? [];
  return cookie.split(';', 1).join('');
}

test('a login sets a cookie that no script reads, no other site sends, and that is not the key', async () => {
  await withServer({}, async ({ ask }) => {
    const answer = await ask('POST', '/login', { json: { key: API_KEY }, headers: HOST });
    assert.is(answer.status, 200);
    assert.equal(answer.json, { status: 'logged_in', expires_in_seconds: 2_592_000 });
    const [cookie = '', ...more] = answer.headers['set-cookie'] ?? [];
    assert.equal(more, []);
    assert.match(cookie, /^qguardarr_8089=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/);
    assert.not.match(cookie, API_KEY);
    assert.is(answer.headers['cache-control'], 'no-store');
  });
});

test('with the cookie everything works as with the key, until the logout', async () => {
  await withServer({}, async ({ ask, operations }) => {
    const Cookie = await logIn(ask);
    const headers = { ...HOST, Cookie: `other=1; ${Cookie};more=2` };
    assert.is((await ask('GET', '/state', { headers })).status, 200);
    assert.equal((await ask('GET', '/session', { headers })).json, { granted_by: 'session', scope: 'admin' });
    assert.is((await ask('POST', '/resume', { json: {}, headers })).status, 200);
    assert.is(operations.calls.length, 1);

    const out = await ask('POST', '/logout', { json: {}, headers });
    assert.is(out.status, 200);
    assert.match(String(out.headers['set-cookie']), /^qguardarr_8089=; Path=\/; Max-Age=0; HttpOnly/);
    const after = await ask('GET', '/state', { headers });
    assert.is(after.status, 401);
    assert.is(after.json.error, 'session_ended');
  });
});

test('it says by what right a request is allowed in', async () => {
  await withServer({}, async ({ ask }) => {
    assert.equal((await ask('GET', '/session')).json, { granted_by: 'loopback', scope: 'admin' });
    const headers = { ...HOST, 'X-Api-Key': API_KEY };
    assert.equal((await ask('GET', '/session', { headers })).json, { granted_by: 'key', scope: 'admin' });
    assert.is((await ask('GET', '/session', { headers: HOST })).json.error, 'key_missing');
  });
});

test('guessing at the login is slowed down like guessing anywhere, and the key is not repeated', async () => {
  await withServer({ now: () => 0 }, async ({ ask, lines }) => {
    for (let tries = 0; tries < 5; tries += 1) {
      const refused = await ask('POST', '/login', { json: { key: 'guess-7' }, headers: HOST });
      assert.is(refused.status, 401);
      assert.is(refused.headers['set-cookie'], undefined);
      assert.not.match(refused.text, 'guess-7');
    }
    assert.is((await ask('POST', '/login', { json: { key: API_KEY }, headers: HOST })).status, 429);
    const byHeader = await ask('GET', '/state', { headers: { ...HOST, 'X-Api-Key': API_KEY } });
    assert.is(byHeader.status, 429);
    assert.not.match(JSON.stringify(lines), 'guess-7');
  });
});

test('what is no key is refused without being repeated', async () => {
  await withServer({}, async ({ ask }) => {
    const wrong = [{}, { key: 5 }, { key: '' }, { key: ['secret-1'] }, { key: 'secret-1'.repeat(200) }];
    for (const json of [...wrong, { key: API_KEY, secret: 'secret-1' }]) {
      const refused = await ask('POST', '/login', { json, headers: HOST });
      assert.is(refused.status, 400, JSON.stringify(json));
      assert.not.match(refused.text, /secret-1|correct-horse/);
    }
  });
});

test('a login is of the key in force: another key ends it, and without one no login is possible', async () => {
  let apiKey = API_KEY;
  await withServer({ access: () => ({ keys: apiKey === '' ? [] : keysOf(apiKey) }) }, async ({ ask }) => {
    const headers = { ...HOST, Cookie: await logIn(ask) };
    apiKey = 'changed';
    assert.is((await ask('GET', '/state', { headers })).json.error, 'session_ended');
    apiKey = API_KEY;
    assert.is((await ask('GET', '/state', { headers })).json.error, 'session_ended');
    apiKey = '';
    assert.is((await ask('POST', '/login', { json: { key: API_KEY }, headers: HOST })).status, 401);
    assert.is((await ask('POST', '/login', { json: { key: '' }, headers: HOST })).status, 400);
  });
});

test('logging in again ends the login before it', async () => {
  await withServer({}, async ({ ask }) => {
    const Cookie = await logIn(ask);
    const again = await ask('POST', '/login', { json: { key: API_KEY }, headers: { ...HOST, Cookie } });
    assert.is(again.status, 200);
    assert.is((await ask('GET', '/state', { headers: { ...HOST, Cookie } })).status, 401);
  });
});

test('two services on one host keep their logins apart, by the port in the name', async () => {
  await withServer({}, async ({ ask }) => {
    const Cookie = await logIn(ask);
    assert.is(
      (await ask('GET', '/state', { headers: { Host: 'seedbox:8090', Cookie } })).json.error,
      'key_missing',
    );
    assert.is(
      (await ask('GET', '/state', { headers: { Host: 'seedbox', Cookie } })).json.error,
      'key_missing',
    );
  });
});

test('behind a trusted proxy with TLS the cookie is for https and for the path that the proxy has', async () => {
  const access = { trustedProxies: ['127.0.0.1'], basePath: '/qguardarr' };
  await withServer({ access }, async ({ ask }) => {
    const headers = { Host: 'seedbox', 'X-Forwarded-For': '198.51.100.7', 'X-Forwarded-Proto': 'https' };
    const answer = await ask('POST', '/qguardarr/login', { json: { key: API_KEY }, headers });
    assert.match(
      String(answer.headers['set-cookie']),
      /^qguardarr=[\w-]{43}; Path=\/qguardarr; Max-Age=2592000; HttpOnly; SameSite=Strict; Secure$/,
    );
  });
});

test('over https without a base path the cookie is of this very host only', async () => {
  await withServer({ access: { trustedProxies: ['127.0.0.1'] } }, async ({ ask }) => {
    const proxied = { Host: 'seedbox', 'X-Forwarded-For': '198.51.100.7', 'X-Forwarded-Proto': 'https' };
    const answer = await ask('POST', '/login', { json: { key: API_KEY }, headers: proxied });
    const [own = '', plain = '', ...more] = answer.headers['set-cookie'] ?? [];
    assert.match(
      own,
      /^__Host-qguardarr=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict; Secure$/,
    );
    assert.match(plain, /^qguardarr=; Path=\/; Max-Age=0/);
    assert.equal(more, []);
    const Cookie = own.split(';', 1).join('');
    assert.is((await ask('GET', '/state', { headers: { ...proxied, Cookie } })).status, 200);
    await ask('POST', '/logout', { json: {}, headers: { ...proxied, Cookie } });
    assert.is((await ask('GET', '/state', { headers: { ...proxied, Cookie } })).status, 401);
  });
});

test('a proxy that ends TLS without a word: the cookie is for https when the page came by it', async () => {
  await withServer({}, async ({ ask }) => {
    const headers = { Host: 'seedbox', Origin: 'https://seedbox' };
    const answer = await ask('POST', '/login', { json: { key: API_KEY }, headers });
    assert.match(String(answer.headers['set-cookie']), /^__Host-qguardarr=.*; Secure/);
  });
});

test('cookies of our name that others have set do not hide the one of the login', async () => {
  await withServer({}, async ({ ask }) => {
    const own = await logIn(ask);
    for (const Cookie of [
      `qguardarr_8089=planted; ${own}`,
      `${own}; qguardarr_8089=planted`,
      `__Host-qguardarr_8089=planted; qguardarr_8089=; ${own}; qguardarr_8089=more`,
    ]) {
      assert.is((await ask('GET', '/state', { headers: { ...HOST, Cookie } })).status, 200, Cookie);
    }
    const Cookie = `qguardarr_8089=planted; ${own}`;
    await ask('POST', '/logout', { json: {}, headers: { ...HOST, Cookie } });
    assert.is((await ask('GET', '/state', { headers: { ...HOST, Cookie } })).status, 401);
  });
});

test('a page of another origin can neither log a browser in nor out', async () => {
  await withServer({}, async ({ ask }) => {
    const headers = { ...HOST, Origin: 'https://evil.example' };
    for (const path of ['/login', '/logout']) {
      assert.is(
        (await ask('POST', path, { json: { key: API_KEY }, headers })).json.error,
        'origin_not_allowed',
      );
    }
  });
});

test('a stream of events that a login opened ends with the login', async () => {
  const watchers = new Set<() => void>();
  const watch = (watcher: (update: never) => void) => {
    const tell = () => watcher({ event: 'link', data: {} } as never);
    watchers.add(tell);
    return () => watchers.delete(tell);
  };
  await withServer({ fake: { watch } }, async ({ ask, port }) => {
    const headers = { ...HOST, Cookie: await logIn(ask) };
    const ended = new Promise<string>((resolve) => {
      request({ host: '127.0.0.1', port, path: '/events', headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
          if (text.split('event: link').length === 2) {
            void ask('POST', '/logout', { json: {}, headers }).then(() => {
              for (const tell of watchers) tell();
            });
          }
        });
        response.on('error', () => {}).on('close', () => resolve(text));
      }).end();
    });
    while (watchers.size === 0) await new Promise((resolve) => setImmediate(resolve));
    for (const tell of watchers) tell();
    const text = await ended;
    assert.is(text.split('event: link').length - 1, 1, 'nothing was told after the logout');
    assert.is(watchers.size, 0);
  });
});

test.run();
