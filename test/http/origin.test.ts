import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { API_KEY, readAll, withServer } from './support.ts';

const KEY = { 'X-Api-Key': API_KEY };

test('a change asked for under a foreign name is refused, with the key to set', async () => {
  await withServer({}, async ({ ask, operations }) => {
    for (const Host of [
      'evil.example',
      'evil.example:8089',
      '127.0.0.1.evil.example',
      'sub.seedbox.example.org',
      'seedbox.example.org.evil.example',
      '127.1',
      'a@localhost',
      'localhost, evil.example',
      '[::1].evil.example',
      '[1234]',
    ]) {
      const refused = await ask('POST', '/rollback', { json: { confirm: true }, headers: { ...KEY, Host } });
      assert.is(refused.status, 403, Host);
      assert.is(refused.json.error, 'host_not_allowed');
    }
    const { json } = await ask('POST', '/resume', { headers: { ...KEY, Host: 'evil.example' } });
    assert.is(json.config_key, 'auth.allowed_hosts');
    assert.is(json.host, 'evil.example');
    assert.match(String(json.message), 'auth.allowed_hosts');
    assert.equal(operations.calls, []);
  });
});

test('a change asked for without a Host header is refused', async () => {
  await withServer({}, async ({ dial, operations }) => {
    for (const host of ['', 'Host:\r\n']) {
      const socket = await dial();
      socket.write(`POST /resume HTTP/1.0\r\n${host}X-Api-Key: ${API_KEY}\r\n\r\n`);
      assert.match(await readAll(socket), /^HTTP\/1\.1 403 [\s\S]*"host_not_allowed"/);
    }
    assert.equal(operations.calls, []);
  });
});

test('a change may be asked for under loopback, an address, a single label or an allowed name', async () => {
  const allowedHosts = ['Seedbox.Example.ORG'];
  await withServer({ access: { allowedHosts } }, async ({ ask }) => {
    for (const Host of [
      'localhost:8089',
      '127.0.0.1',
      '[::1]:8089',
      '192.168.1.20:8089',
      '[fd00::5]',
      'qguardarr:8089',
      'my_nas',
      'seedbox.example.org',
      'SEEDBOX.example.org.:443',
    ]) {
      const answer = await ask('POST', '/webhook', { form: 'event=add', headers: { ...KEY, Host } });
      assert.is(answer.status, 202, Host);
    }
  });
});

test('allowed names are asked for at each request', async () => {
  let names: string[] = [];
  await withServer({ access: () => ({ allowedHosts: names }) }, async ({ ask }) => {
    const headers = { ...KEY, Host: 'q.example.org' };
    assert.is((await ask('POST', '/resume', { headers })).status, 403);
    names = ['q.example.org'];
    assert.is((await ask('POST', '/resume', { headers })).status, 200);
  });
});

test('a change asked for by a page of another origin is refused, on loopback too', async () => {
  await withServer({}, async ({ ask, port, operations }) => {
    for (const Origin of [
      'https://evil.example',
      'null',
      '',
      'file://',
      `file://127.0.0.1:${port}`,
      `chrome-extension://127.0.0.1:${port}`,
      `ftp://127.0.0.1:${port}`,
      `http://user@127.0.0.1:${port}`,
      `http://127.0.0.1:${port}/path`,
      'not a url',
      'http://localhost:1',
      `http://localhost.evil.example:${port}`,
      `http://127.0.0.1:${port + 1}`,
      'http://127.0.0.1',
    ]) {
      const refused = await ask('POST', '/rollback', { json: { confirm: true }, headers: { Origin } });
      assert.is(refused.status, 403, Origin);
      assert.is(refused.json.error, 'origin_not_allowed');
    }
    assert.equal(operations.calls, []);
  });
});

test('our own pages may ask for changes, through a proxy that ends TLS too', async () => {
  await withServer({}, async ({ ask, port }) => {
    for (const [Host, Origin] of [
      [`127.0.0.1:${port}`, `http://127.0.0.1:${port}`],
      ['seedbox.example.org', 'https://seedbox.example.org'],
      ['seedbox.example.org:443', 'https://seedbox.example.org'],
      ['seedbox.example.org:8443', 'https://seedbox.example.org:8443'],
      ['seedbox:80', 'http://seedbox'],
      ['[::1]:8089', 'http://[::1]:8089'],
    ] as const) {
      const headers = { ...KEY, Host, Origin, 'Sec-Fetch-Site': 'same-origin' };
      assert.is((await ask('POST', '/resume', { headers })).status, 200, Origin);
    }
  });
});

test('a page of http is not ours where the client came by https, whoever says so', async () => {
  await withServer({}, async ({ ask, operations }) => {
    const headers = { ...KEY, Host: 'seedbox.example.org', Origin: 'http://seedbox.example.org' };
    for (const proxy of [{ 'X-Forwarded-Proto': 'https' }, { Forwarded: 'for=192.0.2.1;proto=https' }]) {
      assert.is((await ask('POST', '/resume', { headers: { ...headers, ...proxy } })).status, 403);
      const own = { ...headers, ...proxy, Origin: 'https://seedbox.example.org' };
      assert.is((await ask('POST', '/resume', { headers: own })).status, 200);
    }
    assert.is((await ask('POST', '/resume', { headers })).status, 200);
    assert.is(operations.calls.length, 3);
  });
});

test('one address is one name, however Host and Origin spell it', async () => {
  await withServer({}, async ({ ask }) => {
    const headers = { ...KEY, Host: '[FD00:0:0::5]:8089', Origin: 'http://[fd00::5]:8089' };
    assert.is((await ask('POST', '/resume', { headers })).status, 200);
  });
});

test('a change that the browser calls cross-site or same-site is refused', async () => {
  await withServer({}, async ({ ask, operations }) => {
    for (const site of ['cross-site', 'same-site', 'anything']) {
      const refused = await ask('POST', '/resume', { headers: { 'Sec-Fetch-Site': site } });
      assert.is(refused.status, 403, site);
      assert.is(refused.json.error, 'cross_site_request');
    }
    assert.equal(operations.calls, []);
    assert.is((await ask('POST', '/resume', { headers: { 'Sec-Fetch-Site': 'none' } })).status, 200);
  });
});

test('bodies of the types that any page can send are refused', async () => {
  await withServer({}, async ({ ask, operations }) => {
    const body = '{"confirm":true,"event":"add"}';
    for (const type of [
      'text/plain',
      'text/plain;application/json',
      'multipart/form-data; boundary=x',
      'a/b',
    ]) {
      for (const path of ['/rollback', '/webhook']) {
        const refused = await ask('POST', path, { body, headers: { 'Content-Type': type } });
        assert.is(refused.status, 415, type);
        assert.is(refused.json.error, 'unsupported_media_type');
      }
    }
    assert.is((await ask('POST', '/rollback', { body })).status, 415, 'no type at all');
    const gzip = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' };
    assert.is((await ask('POST', '/rollback', { body, headers: gzip })).status, 415);
    assert.equal(operations.calls, []);
  });
});

test('a foreign page cannot get its victim paused by trying wrong keys', async () => {
  await withServer({ access: { trustLoopback: false } }, async ({ ask }) => {
    const foreign = { 'X-Api-Key': 'wrong', Origin: 'https://evil.example' };
    for (let tries = 0; tries < 10; tries += 1) {
      assert.is((await ask('POST', '/resume', { headers: foreign })).status, 403);
    }
    assert.is((await ask('POST', '/resume', { headers: KEY })).status, 200);
  });
});

test('reading under any name is a matter of the key alone', async () => {
  await withServer({}, async ({ ask }) => {
    const headers = { ...KEY, Host: 'evil.example', Origin: 'https://evil.example' };
    const answer = await ask('GET', '/state', { headers });
    assert.is(answer.status, 200);
    assert.is(answer.headers['access-control-allow-origin'], undefined);
  });
});

test('a request target that names a host of its own is refused', async () => {
  await withServer({}, async ({ ask, operations }) => {
    for (const target of ['http://evil.example/cycle/force', 'http://[/cycle/force', '*']) {
      const refused = await ask('POST', target);
      assert.is(refused.status, 400, target);
      assert.is(refused.json.error, 'invalid_target');
    }
    assert.equal(operations.calls, []);
  });
});

test('a request with two Host headers is refused', async () => {
  await withServer({}, async ({ dial }) => {
    const socket = await dial();
    const head = 'GET /config HTTP/1.1\r\nHost: localhost\r\nhOST: evil.example\r\nConnection: close\r\n\r\n';
    const answer = readAll(socket);
    socket.write(head);
    assert.match(await answer, /^HTTP\/1\.1 400 .*invalid_target/s);
  });
});

test.run();
