import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { API_KEY, readAll, type TestServer, withServer } from './support.ts';

async function send({ dial }: TestServer, head: string, body = ''): Promise<string> {
  const socket = await dial();
  const answer = readAll(socket);
  socket.write(`${head}\r\n\r\n${body}`, 'latin1');
  return await answer;
}

test('a header that comes after a thousand others is seen all the same', async () => {
  await withServer({}, async (server) => {
    for (const last of ['X-Forwarded-For: 192.0.2.1', 'Origin: https://evil.example', 'Host: evil.example']) {
      for (const padding of [99, 999, 1_100, 5_000]) {
        const head = `POST /resume HTTP/1.1\r\nHost: localhost\r\n${'a:\r\n'.repeat(padding)}${last}`;
        assert.match(await send(server, head), /^HTTP\/1\.1 4(?:31|01|03|00) /, `${last} after ${padding}`);
      }
    }
    assert.equal(server.operations.calls, []);
  });
});

test('a hundred headers are served, one more is refused and the connection closed', async () => {
  await withServer({}, async (server) => {
    const head = (count: number) =>
      `GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close${'\r\na:'.repeat(count - 2)}`;
    assert.match(await send(server, head(100)), /^HTTP\/1\.1 200 /);
    assert.match(
      await send(server, head(101)),
      /^HTTP\/1\.1 431 [\s\S]*connection: close[\s\S]*headers_too_many/i,
    );
  });
});

test('a header that decides and comes twice is refused', async () => {
  await withServer({}, async (server) => {
    for (const [one, other] of [
      ['Origin: http://localhost', 'Origin: https://evil.example'],
      ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: cross-site'],
      ['Content-Type: application/json', 'content-type: text/plain'],
      [`X-Api-Key: ${API_KEY}`, 'X-Api-Key: other'],
      ['Host: localhost', 'Host: evil.example'],
    ]) {
      const hosts = one?.startsWith('Host') ? '' : 'Host: localhost\r\n';
      const answer = await send(server, `POST /resume HTTP/1.1\r\n${hosts}${one}\r\n${other}`);
      assert.match(answer, /^HTTP\/1\.1 400 /, one);
    }
    assert.equal(server.operations.calls, []);
  });
});

test('HTTP/1.0 with chunks is refused, with what follows on the connection', async () => {
  await withServer({}, async (server) => {
    const answer = await send(
      server,
      `POST /resume HTTP/1.0\r\nHost: localhost\r\nX-Api-Key: ${API_KEY}\r\nConnection: keep-alive\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked`,
      `2\r\n{}\r\n0\r\n\r\nPOST /rollback HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: ${API_KEY}\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 400 [\s\S]*Transfer-Encoding/);
    assert.is(answer.match(/HTTP\/1\.1 /g)?.length, 1);
    assert.equal(server.operations.calls, []);
  });
});

test('another version of HTTP is refused', async () => {
  await withServer({}, async (server) => {
    for (const version of ['2.0', '0.9']) {
      assert.match(
        await send(server, `GET /ping HTTP/${version}\r\nHost: localhost`),
        /^HTTP\/1\.1 (505|400) /,
      );
    }
  });
});

test.run();
