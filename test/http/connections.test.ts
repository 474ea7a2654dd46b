import * as http from 'node:http';
import * as https from 'node:https';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { selfSigned } from '../support/self-signed.ts';
import { deferred, readAll, withServer } from './support.ts';

const test = suite('connections');
const PING = 'GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n';

test('of requests sent ahead the first is answered, and the connection closes', async () => {
  await withServer({}, async ({ dial, operations }) => {
    const socket = await dial();
    const all = readAll(socket);
    socket.write(`${PING}POST /resume HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const text = await all;
    assert.match(text, /^HTTP\/1\.1 200 [\s\S]*connection: close[\s\S]*"status":"ok"/i);
    assert.is(text.match(/HTTP\/1\.1 /g)?.length, 1);
    assert.equal(operations.calls, []);
  });
});

test('a client that sends many ahead is cut off', async () => {
  const forceCycle = deferred<Record<string, unknown>>();
  await withServer({ fake: { forceCycle: () => forceCycle.promise } }, async ({ dial, ask }) => {
    const socket = await dial();
    const all = readAll(socket);
    socket.write(`POST /cycle/force HTTP/1.1\r\nHost: localhost\r\n\r\n${PING.repeat(9)}`);
    assert.is(await all, '');
    forceCycle.resolve({});
    assert.is((await ask('GET', '/ping')).status, 200);
  });
});

test('one request after the other on a connection is served, over TLS and with large answers too', async () => {
  const { cert, key } = selfSigned(1);
  const stats = () => ({ filler: 'x'.repeat(300_000) });
  for (const tls of [null, { cert: Buffer.from(cert), key: Buffer.from(key) }]) {
    await withServer({ tls, fake: { stats } }, async ({ port }) => {
      const agent =
        tls === null
          ? new http.Agent({ keepAlive: true, maxSockets: 1 })
          : new https.Agent({ keepAlive: true, maxSockets: 1, ca: tls.cert });
      const reused: boolean[] = [];
      for (let n = 0; n < 100; n += 1) {
        await new Promise<void>((resolve, reject) => {
          const { get } = tls === null ? http : https;
          const request = get(
            { host: '127.0.0.1', port, agent, path: n % 2 ? '/ping' : '/stats' },
            (response) => {
              response.resume().once('end', resolve);
            },
          );
          request.once('error', reject).once('close', () => reused.push(request.reusedSocket));
        });
        // As fast as a client can: within the turn of the loop that told of the end.
      }
      agent.destroy();
      assert.is(reused.filter((again) => !again).length, 1, 'all on one connection');
    });
  }
});

test('what comes when all connections are taken by owners is told so, with when to come again', async () => {
  const forceCycle = deferred<Record<string, unknown>>();
  const options = { maxConnections: 2, fake: { forceCycle: () => forceCycle.promise } };
  await withServer(options, async ({ dial, ask, operations }) => {
    const busy = [await dial(), await dial()];
    for (const socket of busy) socket.write('POST /cycle/force HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const answers = Promise.all(busy.map(readAll));
    let refused = await ask('POST', '/webhook', { form: 'event=add' });
    // Until both requests have been seen, a newcomer may take a silent one's place.
    for (let n = 0; refused.status !== 503 && n < 20; n += 1)
      refused = await ask('POST', '/webhook', { form: 'event=add' });
    assert.is(refused.status, 503);
    assert.is(refused.json.error, 'too_many_connections');
    assert.is(refused.headers['retry-after'], '2');
    forceCycle.resolve({});
    for (const socket of busy) socket.end();
    await answers;
    const before = operations.calls.length;
    assert.is((await ask('POST', '/webhook', { form: 'event=add' })).status, 202);
    assert.is(operations.calls.length, before + 1);
  });
});

test('a body that nobody reads takes no room: it runs into the void', async () => {
  const forceCycle = deferred<Record<string, unknown>>();
  await withServer({ fake: { forceCycle: () => forceCycle.promise } }, async ({ dial }) => {
    const socket = await dial();
    const head =
      'GET /ping HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\nConnection: close\r\n\r\n';
    const all = readAll(socket);
    socket.write(head);
    socket.write(Buffer.alloc(5_000_000));
    assert.match(await all, /^HTTP\/1\.1 200 /);
  });
});

test('a client that breaks off leaves one debug line, without a stack', async () => {
  const live = () => [{ event: 'link', data: { filler: 'x'.repeat(100) } }] as never;
  await withServer({ fake: { live } }, async ({ dial, lines }) => {
    const socket = await dial();
    const first = new Promise((resolve) => socket.once('data', resolve));
    socket.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await first;
    socket.resetAndDestroy();
    while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(
      lines.map(({ level, fields }) => [level, Object.keys(fields)]),
      [['debug', ['code']]],
    );
  });
});

test.run();
