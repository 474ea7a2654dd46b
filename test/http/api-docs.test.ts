import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withServer } from './support.ts';

const test = suite<{ web: string }>('the API docs');

test.before.each(async (context) => {
  context.web = await mkdtemp(path.join(tmpdir(), 'docs-test-'));
  await mkdir(path.join(context.web, 'api'));
  await writeFile(path.join(context.web, 'api/docs.html'), '<!doctype html><title>docs</title>');
  await writeFile(path.join(context.web, 'api/openapi.json'), '{"openapi":"3.1.0"}');
  await writeFile(path.join(context.web, 'api/secret.json'), '{}');
});
test.after.each(({ web }) => rm(web, { recursive: true, force: true }));

test('the description and its page are served as they were built, to anyone', async ({ web }) => {
  await withServer({ webFolder: web }, async ({ ask }) => {
    const headers = { Host: 'seedbox' };
    const json = await ask('GET', '/api/openapi.json', { headers });
    assert.is(json.status, 200);
    assert.is(json.headers['content-type'], 'application/json; charset=utf-8');
    assert.equal(json.json, { openapi: '3.1.0' });
    const page = await ask('GET', '/api/docs', { headers });
    assert.is(page.headers['content-type'], 'text/html; charset=utf-8');
    const policy = String(page.headers['content-security-policy']);
    assert.match(policy, "default-src 'none'; script-src 'self'");
    assert.not.match(policy, /unsafe|https?:|\*/);
  });
});

test('they are asked for anew each time, and not sent twice', async ({ web }) => {
  await withServer({ webFolder: web }, async ({ ask }) => {
    const first = await ask('GET', '/api/openapi.json');
    assert.is(first.headers['cache-control'], 'no-cache');
    const again = { headers: { 'If-None-Match': String(first.headers.etag) } };
    assert.is((await ask('GET', '/api/openapi.json', again)).status, 304);
  });
});

test('nothing else of that folder is served, and without a build there is nothing', async ({ web }) => {
  await withServer({ webFolder: web }, async ({ ask }) => {
    for (const other of [
      '/api/secret.json',
      '/api/',
      '/api',
      '/api/docs.html',
      '/api/docs/',
      '/api/../api/docs',
    ]) {
      assert.is((await ask('GET', other)).status, 404, other);
    }
    assert.is((await ask('POST', '/api/docs', { json: {} })).status, 404);
  });
  await withServer({ webFolder: null }, async ({ ask }) => {
    assert.is((await ask('GET', '/api/openapi.json')).status, 404);
  });
});

test.run();
