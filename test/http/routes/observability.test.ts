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

const SENT = { target: 'notifications.targets[0]', type: 'discord', problem: null };
const LOST = { target: 'notifications.targets[1]', type: 'webhook', problem: 'it answered 404' };

test('a test of notifications says what came of each target', async () => {
  const testNotifications = async () => [SENT];
  await withServer({ testNotifications }, async ({ ask }) => {
    const answer = await ask('POST', '/notifications/test');
    assert.is(answer.status, 200);
    assert.equal(answer.json, { status: 'delivered', targets: [{ ...SENT, delivered: true }] });
    assert.is((await ask('POST', '/notifications/test', { json: { target: 1 } })).status, 400);
  });
});

test('one that is not delivered is 502, and says which and why', async () => {
  const testNotifications = async () => [SENT, LOST];
  await withServer({ testNotifications }, async ({ ask }) => {
    const answer = await ask('POST', '/notifications/test');
    assert.is(answer.status, 502);
    assert.is(answer.json.error, 'not_delivered');
    assert.match(String(answer.json.message), 'notifications.targets[1]: it answered 404');
    assert.is((answer.json.targets as unknown[]).length, 2);
  });
});

test('without targets there is nothing to test', async () => {
  await withServer({}, async ({ ask }) => {
    const answer = await ask('POST', '/notifications/test');
    assert.is(answer.status, 422);
    assert.is(answer.json.error, 'no_targets');
  });
});

test.run();
