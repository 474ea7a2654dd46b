import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withServer } from '../support.ts';

const HASH = 'A'.repeat(40);

test('a webhook is taken as a form or as JSON, and fields it does not know are ignored', async () => {
  await withServer({}, async ({ ask, operations }) => {
    const form = `event=complete&hash=${HASH}&name=A%20name&tracker=&category=tv&tags=a,b&save_path=/x&x=1`;
    const json = {
      event: 'add',
      hash: null,
      name: 'n',
      tracker: 'http://t/a',
      tags: ['a'],
      nested: { a: 1 },
    };
    for (const body of [{ form }, { json }, { json: { event: 'delete', hash: '-' } }]) {
      const answer = await ask('POST', '/webhook', body);
      assert.is(answer.status, 202);
      assert.is(answer.json.status, 'queued');
      assert.is(answer.json.queue_size, 3);
      assert.type(answer.json.processing_time_ms, 'number');
    }
    assert.equal(
      operations.calls.map(({ args }) => args[0]),
      [
        { event: 'complete', hash: HASH.toLowerCase(), name: 'A name', tracker: null },
        { event: 'add', hash: null, name: 'n', tracker: 'http://t/a' },
        { event: 'delete', hash: null, name: null, tracker: null },
      ],
    );
  });
});

test('a torrent whose name holds form fields cannot change its own webhook', async () => {
  await withServer({}, async ({ ask, operations }) => {
    const form = `event=add&hash=${HASH}&name=Tom & Jerry&event=delete&hash=${'b'.repeat(40)}`;
    assert.is((await ask('POST', '/webhook', { form })).status, 202);
    assert.equal(operations.calls[0]?.args[0], {
      event: 'add',
      hash: HASH.toLowerCase(),
      name: 'Tom ',
      tracker: null,
    });
  });
});

test('a webhook time is measured on the injected clock', async () => {
  let clock = 1000;
  const webhook = () => {
    clock += 1.2345;
    return { queueSize: 1 };
  };
  await withServer({ now: () => clock, fake: { webhook } }, async ({ ask }) => {
    const { json } = await ask('POST', '/webhook', { form: 'event=add' });
    assert.is(json.processing_time_ms, 1.235);
  });
});

test('a malformed webhook is refused with what is wrong', async () => {
  await withServer({}, async ({ ask, operations }) => {
    for (const [body, said] of [
      [{ form: '' }, /event: expected one of add, complete, delete, got nothing/],
      [{ form: 'event=added' }, /event: .*got "added"/],
      [
        { json: { event: 'add', hash: 'abc' } },
        /hash: expected an info-hash of 40 or 64 hex digits, got "abc"/,
      ],
      [{ json: { event: 'add', hash: 'g'.repeat(40) } }, /hash/],
      [{ json: { event: 'add', hash: 'a'.repeat(41) } }, /hash/],
      [{ json: { event: 'add', name: 5 } }, /name: expected a string, got 5/],
      [{ json: { event: ['add'] } }, /event: .*got a list/],
    ] as const) {
      const bad = await ask('POST', '/webhook', body);
      assert.is(bad.status, 400, JSON.stringify(body));
      assert.is(bad.json.error, 'invalid_body');
      assert.match(String(bad.json.message), said);
    }
    assert.equal(operations.calls, []);
  });
});

test.run();
