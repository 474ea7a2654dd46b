import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withServer } from './support.ts';

const BROWSER = { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const test = suite<{ folder: string; web: string }>('the dashboard');

test.before.each(async (context) => {
  context.folder = await mkdtemp(path.join(tmpdir(), 'dashboard-test-'));
  context.web = path.join(context.folder, 'web');
  await mkdir(path.join(context.web, 'assets', 'folder.js'), { recursive: true });
  await writeFile(path.join(context.web, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(path.join(context.web, 'assets', 'main-AB12.js'), 'void 0;');
  await writeFile(path.join(context.web, 'assets', 'main-AB12.css'), 'body{}');
  await writeFile(path.join(context.web, 'assets', 'notes.txt'), 'not a file of the page');
  await writeFile(path.join(context.folder, 'secret.js'), 'secret');
});
test.after.each(({ folder }) => rm(folder, { recursive: true, force: true }));

test('GET / is the page for browsers and the list of endpoints for everyone else', async ({ web }) => {
  await withServer({ webFolder: web }, async ({ ask }) => {
    const page = await ask('GET', '/', { headers: BROWSER });
    assert.is(page.status, 200);
    assert.is(page.headers['content-type'], 'text/html; charset=utf-8');
    assert.match(page.text, '<title>page</title>');
    assert.match(String(page.headers.vary), 'Accept');
    for (const accept of ['*/*', 'application/json', 'application/json, text/html']) {
      const list = await ask('GET', '/', { headers: { Accept: accept } });
      assert.is(list.json.name, 'qguardarr', accept);
    }
    assert.is((await ask('GET', '/')).json.name, 'qguardarr');
    assert.is((await ask('POST', '/', { headers: BROWSER })).status, 405);
  });
});

test('the page may load nothing but its own files, and make no markup from text', async ({ web }) => {
  await withServer({ webFolder: web }, async ({ ask }) => {
    const { headers } = await ask('GET', '/', { headers: BROWSER });
    const policy = String(headers['content-security-policy']);
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ]) {
      assert.match(policy, part);
    }
    assert.not.match(policy, /unsafe|https?:|\*/);
    assert.is(headers['x-content-type-options'], 'nosniff');
    assert.is(headers['x-frame-options'], 'DENY');
  });
});

test('files have their types and are kept for ever, the page is asked for anew and not sent twice', async ({
  web,
}) => {
  await withServer({ webFolder: web }, async ({ ask }) => {
    const script = await ask('GET', '/assets/main-AB12.js');
    assert.is(script.headers['content-type'], 'text/javascript; charset=utf-8');
    assert.match(String(script.headers['cache-control']), /max-age=31536000, immutable/);
    assert.is(script.text, 'void 0;');
    assert.is((await ask('GET', '/assets/main-AB12.css')).headers['content-type'], 'text/css; charset=utf-8');
    const page = await ask('GET', '/', { headers: BROWSER });
    assert.is(page.headers['cache-control'], 'no-cache');
    for (const [path, tag] of [
      ['/', page.headers.etag],
      ['/assets/main-AB12.js', script.headers.etag],
    ] as const) {
      const again = await ask('GET', path, { headers: { ...BROWSER, 'If-None-Match': String(tag) } });
      assert.is(again.status, 304, path);
      assert.is(again.text, '');
    }
    const head = await ask('HEAD', '/assets/main-AB12.js');
    assert.is(head.headers['content-length'], '7');
    assert.is(head.text, '');
  });
});

test('no path leads to a file that is not one of the page', async ({ web }) => {
  await withServer({ webFolder: web }, async ({ ask }) => {
    for (const path of [
      '/assets/../secret.js',
      '/assets/../../secret.js',
      '/assets/..%2f..%2fsecret.js',
      '/assets/%2e%2e/%2e%2e/secret.js',
      '/assets/..\\..\\secret.js',
      '/assets//etc/passwd',
      '/assets/notes.txt',
      '/assets/index.html',
      '/assets/',
      '/assets/constructor',
      '/assets/main-AB12.js%00',
      '/secret.js',
    ]) {
      const answer = await ask('GET', path, { headers: BROWSER });
      assert.is(answer.status, 404, path);
      assert.not.match(answer.text, 'not a file');
    }
  });
});

test('the page needs no key, so that it can ask for it; what it shows does', async ({ web }) => {
  await withServer({ webFolder: web, access: { trustLoopback: false } }, async ({ ask }) => {
    assert.is((await ask('GET', '/', { headers: BROWSER })).status, 200);
    assert.is((await ask('GET', '/assets/main-AB12.js')).status, 200);
    assert.is((await ask('GET', '/')).status, 401);
    assert.is((await ask('GET', '/assets/other.js')).status, 401);
    for (const path of ['/events', '/torrents', '/stats/history']) {
      assert.is((await ask('GET', path)).status, 401, path);
    }
  });
});

test('a version installed over the one that runs is served as soon as a file of the old one is missed', async ({
  web,
}) => {
  await withServer({ webFolder: web }, async ({ ask, lines }) => {
    assert.not.match((await ask('GET', '/', { headers: BROWSER })).text, '<title>new</title>');
    await rm(path.join(web, 'assets', 'main-AB12.js'));
    await writeFile(path.join(web, 'assets', 'main-CD34.js'), 'void 1;');
    await writeFile(path.join(web, 'index.html'), '<!doctype html><title>new</title>');
    assert.is((await ask('GET', '/assets/main-AB12.js')).status, 404);
    assert.match((await ask('GET', '/', { headers: BROWSER })).text, '<title>new</title>');
    assert.is((await ask('GET', '/assets/main-CD34.js')).text, 'void 1;');
    assert.equal(lines, []);
  });
});

test('without a built page GET / is the list for browsers too', async ({ folder }) => {
  for (const webFolder of [null, path.join(folder, 'nowhere')]) {
    await withServer({ webFolder }, async ({ ask }) => {
      assert.is((await ask('GET', '/', { headers: BROWSER })).json.name, 'qguardarr');
      assert.is((await ask('GET', '/assets/main-AB12.js')).status, 404);
    });
  }
});

test.run();
