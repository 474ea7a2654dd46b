import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stateOf } from '../../src/cli/service-answers.ts';
import { keptApiKey, ServiceClient, ServiceProblem } from '../../src/cli/service-client.ts';
import { UnknownPeer } from '../../src/cli/service-peer.ts';
import { configOf } from '../support/configs.ts';

const test = suite('the client of the running service');

async function answering(
  status: number,
  body: string,
  work: (url: URL, asked: IncomingMessage[]) => Promise<void>,
): Promise<void> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    request.resume();
    response.writeHead(status, { location: 'http://elsewhere.example/' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/below/`), asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function problemOf(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((caught: unknown) => caught);
  assert.instance(error, ServiceProblem);
  return (error as Error).message;
}

const keysIn = (asked: readonly IncomingMessage[]) => asked.map(({ headers }) => headers['x-api-key']);

test('a service that asks for no key gets none, and the path that a proxy has is kept', async () => {
  await answering(200, '{"a": 1}', async (url, asked) => {
    assert.equal(await new ServiceClient(url, 'the-key').post('/rollout', { percentage: 5 }), { a: 1 });
    assert.is(asked[0]?.url, '/below/rollout');
    assert.equal(keysIn(asked), [undefined]);
  });
});

test('the key follows a 401 as a header, and further requests have it at once', async () => {
  await answering(401, '{"message": "key, please"}', async (url, asked) => {
    const client = new ServiceClient(url, 'the-key');
    assert.is(await problemOf(client.get('/state')), 'the service refuses: key, please');
    await problemOf(client.post('/rollout', {}));
    assert.equal(keysIn(asked), [undefined, 'the-key', 'the-key']);
    await problemOf(new ServiceClient(url, '').get('/state'));
    assert.equal(keysIn(asked).slice(3), [undefined]);
  });
});

test('the key goes on the connection that was dialled for it, and on no other', async () => {
  await answering(401, '{"message": "key, please"}', async (url, asked) => {
    const refused = () => Promise.reject(new UnknownPeer('another process'));
    const message = await problemOf(new ServiceClient(url, 'the-key', null, refused).get('/state'));
    assert.match(message, /wants the API key, which was not sent: another process/);
    assert.equal(keysIn(asked), [undefined]);
  });
});

test('a refusal is reported in the words of the service, anything else as what it is', async () => {
  await answering(409, '{"error": "x", "message": "not now"}', async (url) => {
    assert.is(await problemOf(new ServiceClient(url, 'k').get('/state')), 'the service refuses: not now');
  });
  await answering(502, '<html>', async (url) => {
    assert.match(
      await problemOf(new ServiceClient(url, 'k').get('/state')),
      /no Qguardarr: it sent no JSON \(HTTP 502\)/,
    );
  });
});

test('the key is not carried along to where a redirection leads', async () => {
  await answering(302, '', async (url, asked) => {
    assert.match(
      await problemOf(new ServiceClient(url, 'the-key').get('/state')),
      /leads elsewhere \(HTTP 302\)/,
    );
    assert.is(asked.length, 1);
  });
});

test('the key is that of the config, or the one that the service made in its data folder', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-key-'));
  try {
    const config = await configOf(`rollback: { database_path: '${folder}/j.db' }\n`);
    assert.is(await keptApiKey(config), '');
    await writeFile(path.join(folder, 'api-key'), 'made-at-first-start\n');
    assert.is(await keptApiKey(config), 'made-at-first-start');
    assert.is(await keptApiKey({ ...config, auth: { ...config.auth, api_key: 'set' } }), 'set');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the answer of another version is said to be that', () => {
  try {
    stateOf({ service: {} });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, ServiceProblem);
    assert.match((error as Error).message, /another version than this command \(at service\.state\)/);
  }
});

test.run();
