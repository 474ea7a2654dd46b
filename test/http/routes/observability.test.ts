import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseExposition } from '../../support/exposition.ts';
import { withServer } from '../support.ts';

test('metrics are answered as the text that Prometheus reads, and want the key from elsewhere', async () => {
  await withServer({}, async ({ ask }) => {
    const answer = await ask('GET', '/metrics');
    assert.is(answer.status, 200);
    assert.is(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    assert.ok(parseExposition(answer.text).has('up'));
    const headers = { 'X-Forwarded-For': '203.0.113.9' };
    assert.is((await ask('GET', '/metrics', { headers })).status, 401);
  });
});

test('metrics that fail are an error of ours, without its text', async () => {
  const metrics = () => Promise.reject(new Error('a secret of ours'));
  await withServer({ metrics }, async ({ ask, lines }) => {
    const answer = await ask('GET', '/metrics');
    assert.is(answer.status, 500);
    assert.not.match(answer.text, 'secret');
    assert.is(lines.length, 1);
  });
});

test.run();
