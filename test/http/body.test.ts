import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BodyRoom, readBody } from '../../src/http/body.ts';
import { HttpProblem } from '../../src/http/errors.ts';
import { routes } from '../../src/http/routes/index.ts';
import { isWithin } from '../../src/http/scopes.ts';
import { readAll, withServer } from './support.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

test('a body is read up to the limit and refused above it, with and without a length', async () => {
  await withServer({ bodyLimitBytes: 100 }, async ({ ask, dial, operations }) => {
    const form = `event=add&name=${'x'.repeat(85)}`;
    assert.is(form.length, 100);
    assert.is((await ask('POST', '/webhook', { form })).status, 202);
    const large = await ask('POST', '/webhook', { form: `${form}x` });
    assert.is(large.status, 413);
    assert.is(large.json.error, 'body_too_large');
    assert.match(String(large.json.message), '100 bytes');

    const socket = await dial();
    const chunk = `${(96).toString(16)}\r\n${'x'.repeat(96)}\r\n`;
    socket.write(
      'POST /webhook HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n' +
        'Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n' +
        `${chunk}${chunk}0\r\n\r\n`,
    );
    assert.match(await readAll(socket), /^HTTP\/1\.1 413 /);
    assert.is(operations.calls.length, 1);
  });
});

test('a length above the limit is refused before any of the body comes', async () => {
  await withServer({}, async ({ dial }) => {
    const socket = await dial();
    socket.write(
      'POST /webhook HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n' +
        'Content-Type: application/json\r\nContent-Length: 10000000\r\n\r\n',
    );
    assert.match(await readAll(socket), /^HTTP\/1\.1 413 /);
  });
});

test('reading a body whose client leaves ends with an error, not never', async () => {
  const request = new IncomingMessage(new Socket());
  request.push('{"event"');
  const reading = readBody(request, 100).catch((error: unknown) => error);
  request.destroy(new Error('aborted'));
  const error = await reading;
  assert.instance(error, HttpProblem);
  if (error instanceof HttpProblem) assert.is(error.code, 'body_truncated');
});

test('a body that is there leaves nothing behind on its request', async () => {
  const request = new IncomingMessage(new Socket());
  request.headers['content-type'] = 'application/json';
  const before = ['data', 'end', 'close'].map((event) => request.listenerCount(event));
  request.push('{"event":"add"}');
  request.push(null);
  const { fields } = await readBody(request, 100);
  assert.is(fields.event, 'add');
  assert.equal(
    ['data', 'end', 'close'].map((event) => request.listenerCount(event)),
    before,
  );
});

test('a client that sends far too much can still read the answer', async () => {
  await withServer({}, async ({ ask, operations }) => {
    const body = Buffer.alloc(8 * 1024 * 1024, 'x');
    assert.is((await ask('POST', '/webhook', { body, headers: JSON_TYPE })).status, 413);
    assert.equal(operations.calls, []);
  });
});

test('JSON that does not parse, is not UTF-8, nests without end or is no object is refused, unquoted', async () => {
  await withServer({}, async ({ ask, operations }) => {
    for (const body of [
      '{"event":"add"',
      '{event:add}',
      '[]',
      '"s3cret"',
      'null',
      '5',
      's3cret',
      '['.repeat(8_000),
      Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    ]) {
      const bad = await ask('POST', '/webhook', { body, headers: JSON_TYPE });
      assert.is(bad.status, 400);
      assert.is(bad.json.error, 'invalid_json');
      assert.not.match(bad.text, 's3cret');
    }
    assert.equal(operations.calls, []);
  });
});

test('a type with parameters, in capitals, and a byte order mark are read', async () => {
  await withServer({}, async ({ ask }) => {
    const headers = { 'Content-Type': 'Application/JSON; charset=utf-8' };
    const body = '\ufeff{"event":"add"}';
    assert.is((await ask('POST', '/webhook', { body, headers })).status, 202);
  });
});

test('__proto__ and its kin are refused in JSON and in forms, and pollute nothing', async () => {
  await withServer({}, async ({ ask, operations }) => {
    for (const options of [
      { body: '{"event":"add","__proto__":{"polluted":1}}', headers: JSON_TYPE },
      { body: '{"event":"add","constructor":{"prototype":{"polluted":1}}}', headers: JSON_TYPE },
      { form: 'event=add&__proto__=1' },
      { form: 'event=add&prototype=1' },
    ]) {
      const bad = await ask('POST', '/webhook', options);
      assert.is(bad.status, 400);
      assert.is(bad.json.error, 'forbidden_field');
    }
    const inherited = { body: '{"__proto__":{"confirm":true}}', headers: JSON_TYPE };
    assert.is((await ask('POST', '/rollback', inherited)).status, 400);
    assert.is(({} as Record<string, unknown>).polluted, undefined);
    assert.equal(operations.calls, []);
  });
});

test('names that every object inherits are no fields of a body', async () => {
  await withServer({}, async ({ ask }) => {
    const bad = await ask('POST', '/cycle/force', { json: { toString: 1 } });
    assert.is(bad.status, 400);
    assert.match(String(bad.json.message), 'toString: unknown field');
  });
});

test('a form in another encoding, with stray percent signs, is still a webhook', async () => {
  await withServer({}, async ({ ask, operations }) => {
    const body = Buffer.concat([Buffer.from('event=add&name=100% '), Buffer.from([0xe9])]);
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    assert.is((await ask('POST', '/webhook', { body, headers })).status, 202);
    assert.equal(operations.calls[0]?.args[0], {
      event: 'add',
      hash: null,
      name: '100% \ufffd',
      tracker: null,
    });
  });
});

test('a body cut off before its length does nothing and brings nothing down', async () => {
  await withServer({}, async ({ ask, dial, operations, lines }) => {
    const head =
      'POST /rollback HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
      'Content-Length: 100\r\n\r\n{"confirm":true}';
    const halfClosed = await dial();
    halfClosed.end(head);
    assert.match(await readAll(halfClosed), /^HTTP\/1\.1 400 [\s\S]*"error":"bad_request"/);

    const reset = await dial();
    reset.write(head);
    await ask('GET', '/ping');
    reset.resetAndDestroy();

    assert.is((await ask('GET', '/ping')).status, 200);
    assert.equal(operations.calls, []);
    assert.equal(
      lines.filter(({ level }) => level === 'error'),
      [],
    );
  });
});

test('what is no HTTP, or has headers without end, is answered in the same form', async () => {
  await withServer({}, async ({ dial }) => {
    const garbage = await dial();
    garbage.write('nonsense\r\n\r\n');
    assert.match(await readAll(garbage), /^HTTP\/1\.1 400 [\s\S]*\{"error":"bad_request"/);
    const long = await dial();
    long.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
    assert.match(await readAll(long), /^HTTP\/1\.1 431 [\s\S]*\{"error":"headers_too_large"/);
  });
});

test('where no key is asked for a body is small, and all together are bounded', async () => {
  const open = routes.filter(({ method, open }) => method === 'POST' && open === true);
  assert.ok(
    open.length > 0 && open.every(({ maxBodyBytes = Number.POSITIVE_INFINITY }) => maxBodyBytes <= 2048),
  );
  await withServer({}, async ({ ask }) => {
    const { status } = await ask('POST', '/login', { json: { key: 'x'.repeat(2_048) } });
    assert.is(status, 413);
  });
  const room = new BodyRoom(10);
  assert.ok(room.take(6));
  assert.not.ok(room.take(5));
  room.give(6);
  assert.ok(room.take(10));
});

test('whoever is no admin sends only small bodies, which have a room of their own', async () => {
  const others = routes.filter(
    ({ method, path, open }) =>
      method === 'POST' &&
      (open === true || isWithin('webhook', method, path) || isWithin('read', method, path)),
  );
  assert.ok(others.length >= 3 && others.every(({ maxBodyBytes = 1e9 }) => maxBodyBytes <= 8_192));
  await withServer({}, async ({ ask, dial }) => {
    const held = `POST /webhook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 8192\r\n\r\n${'x'.repeat(8_190)}`;
    const sockets = await Promise.all(Array.from({ length: 520 }, dial));
    for (const socket of sockets)
      socket
        .on('error', () => undefined)
        .resume()
        .write(held);
    let full = await ask('POST', '/webhook', { body: `{"event":"${'x'.repeat(2_000)}`, headers: JSON_TYPE });
    for (let n = 0; full.status !== 503 && n < 50; n += 1)
      full = await ask('POST', '/webhook', { body: `{"event":"${'x'.repeat(2_000)}`, headers: JSON_TYPE });
    assert.is(full.json.error, 'too_many_bodies');
    assert.is((await ask('POST', '/rollback', { json: { confirm: true } })).status, 200);
    for (const socket of sockets) socket.destroy();
  });
});

test('a body that finds no room is told to come again, and gives back what it had taken', async () => {
  const request = () => Object.assign(new PassThrough(), { headers: { 'content-type': 'application/json' } });
  const room = new BodyRoom(8);
  const [first, second] = [request(), request()];
  const one = readBody(first as never, 100, room);
  const other = readBody(second as never, 100, room);
  first.write('{"a":');
  second.write('{"b":');
  const problem = await other.then(
    () => assert.unreachable(),
    (error: HttpProblem) => error,
  );
  assert.is(problem?.status, 503);
  assert.is(problem?.headers['Retry-After'], '2');
  first.end('1}');
  assert.is((await one).fields.a, 1);
  assert.ok(room.take(8), 'all was given back');
});

test.run();
