import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OperationRefused } from '../../src/service/operations.ts';
import { withServer } from './support.ts';

test('what the service refuses keeps its status, code, message and details', async () => {
  const refuse = async () => {
    throw new OperationRefused(409, 'rolled_back', 'Enforcement is off: POST /resume first.', {
      since: 5,
      error: 'cannot stand in for the code',
    });
  };
  await withServer({ fake: { forceCycle: refuse } }, async ({ ask, lines }) => {
    const { status, json, text } = await ask('POST', '/cycle/force');
    assert.is(status, 409);
    assert.equal(json, {
      error: 'rolled_back',
      message: 'Enforcement is off: POST /resume first.',
      since: 5,
    });
    assert.match(text, /^\{"error":"rolled_back","message":/);
    assert.equal(lines, []);
  });
});

test('an unexpected failure is a 500 that tells nothing, and is logged without the query', async () => {
  const stats = () => {
    throw new Error('ENOENT /home/someone/private');
  };
  const config = () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    return circular;
  };
  await withServer({ fake: { stats, config } }, async ({ ask, lines }) => {
    for (const path of ['/stats', '/config']) {
      const { status, json, text, headers } = await ask('GET', `${path}?apikey=s3cret`);
      assert.is(status, 500);
      assert.is(json.error, 'internal');
      assert.not.match(text, 'private');
      assert.is(headers['x-content-type-options'], 'nosniff');
    }
    assert.is(lines.length, 2);
    assert.is(lines[0]?.level, 'error');
    assert.match(
      String(lines.map(({ fields }) => fields).map((fields) => ('err' in fields ? fields.err : null))),
      'private',
    );
    assert.not.match(JSON.stringify(lines), 's3cret');
  });
});

test('unknown paths are 404 with a hint, wrong methods 405 with Allow', async () => {
  await withServer({}, async ({ ask }) => {
    for (const path of ['/nothing', '/stats/nothing', '/%', '/%zz?%zz', '//[::', '/ping/x', '/state/..']) {
      const lost = await ask('GET', path);
      assert.is(lost.status, 404, path);
      assert.is(lost.json.error, 'not_found');
      assert.match(String(lost.json.message), 'GET /');
    }
    for (const [method, path, allow] of [
      ['DELETE', '/state', 'GET, HEAD, OPTIONS'],
      ['PUT', '/webhook', 'OPTIONS, POST'],
      ['HEAD', '/webhook', 'OPTIONS, POST'],
      ['PROPFIND', '/', 'GET, HEAD, OPTIONS'],
    ] as const) {
      const wrong = await ask(method, path);
      assert.is(wrong.status, 405, method);
      assert.is(wrong.headers.allow, allow);
      if (method !== 'HEAD') assert.is(wrong.json.error, 'method_not_allowed');
    }
  });
});

test('HEAD answers as GET without a body, OPTIONS says what is allowed and opens nothing to other sites', async () => {
  await withServer({}, async ({ ask }) => {
    const head = await ask('HEAD', '/stats');
    assert.is(head.status, 200);
    assert.is(head.text, '');
    assert.is(head.headers['content-length'], String((await ask('GET', '/stats')).text.length));
    const options = await ask('OPTIONS', '/rollback', { headers: { Origin: 'https://evil.example' } });
    assert.is(options.status, 204);
    assert.is(options.headers.allow, 'OPTIONS, POST');
    assert.is(options.headers['access-control-allow-origin'], undefined);
    assert.is((await ask('OPTIONS', '/nothing')).status, 404);
  });
});

test('every answer forbids storing, sniffing, framing and leaking its address', async () => {
  await withServer({}, async ({ ask }) => {
    for (const path of ['/', '/nothing', '/journal?limit=0']) {
      const { headers } = await ask('GET', path);
      assert.is(headers['cache-control'], 'no-store', path);
      assert.is(headers['x-content-type-options'], 'nosniff');
      assert.is(headers['referrer-policy'], 'no-referrer');
      assert.match(String(headers['content-security-policy']), "frame-ancestors 'none'");
    }
  });
});

test.run();
