import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as https from 'node:https';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ServiceClient, ServiceProblem } from '../../src/cli/service-client.ts';
import { loadTlsFiles, type TlsFiles, TlsFilesError } from '../../src/http/tls-files.ts';
import { Child } from '../support/real-swarm/child.ts';
import { selfSigned } from '../support/self-signed.ts';
import { deferred, readAll, withServer } from './support.ts';

const test = suite('https');

function filesOf(serial: number): TlsFiles {
  const { cert, key } = selfSigned(serial);
  return { cert: Buffer.from(cert), key: Buffer.from(key) };
}

function getOver(port: number, ca: Buffer, agent: https.Agent | false = false): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/ping', ca, agent };
    https
      .get(options, (response) => {
        response.resume();
        response.on('end', () => resolve(`${response.statusCode}`));
      })
      .on('error', reject);
  });
}

test('it speaks https only, and no TLS older than 1.2', async () => {
  const tls = filesOf(1);
  await withServer({ tls }, async ({ port, ask }) => {
    assert.is(await getOver(port, tls.cert), '200');
    await ask('GET', '/ping').then(
      () => assert.unreachable('plain http was answered'),
      (error: NodeJS.ErrnoException) => assert.match(String(error.code), /ECONNRESET|HPE_INVALID_CONSTANT/),
    );
    const old = connect({
      host: '127.0.0.1',
      port,
      ca: tls.cert,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
    });
    const code = await new Promise((resolve) => {
      old.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      old.once('secureConnect', () => resolve('connected'));
    });
    assert.match(String(code), /SSL|TLS/);
  });
});

test('a renewed certificate is used for the connections to come, without a break', async () => {
  const [first, second] = [filesOf(1), filesOf(2)];
  await withServer({ tls: first }, async ({ port, server }) => {
    assert.is(await getOver(port, first.cert), '200');
    server.renewCertificate(second);
    assert.is(await getOver(port, second.cert), '200');
    await getOver(port, first.cert).then(
      () => assert.unreachable('the old certificate is still used'),
      (error: NodeJS.ErrnoException) => assert.match(String(error.code), /SELF_SIGNED|UNABLE_TO_VERIFY/),
    );
  });
});

test('stopping lets an answer over TLS finish, and closes what is idle or never shook hands', async () => {
  const called = deferred<void>();
  const done = deferred<Record<string, unknown>>();
  const tls = filesOf(1);
  const forceCycle = () => {
    called.resolve();
    return done.promise;
  };
  await withServer({ tls, fake: { forceCycle } }, async ({ port, server }) => {
    const agent = new https.Agent({ keepAlive: true });
    assert.is(await getOver(port, tls.cert, agent), '200');
    const silent = connectPlain(port, '127.0.0.1');
    const silentClosed = new Promise((resolve) => silent.on('error', () => {}).once('close', resolve));
    const client = new ServiceClient(new URL(`https://127.0.0.1:${port}`), '', tls.cert);
    const answer = client.post('/cycle/force', {});
    await called.promise;
    const stopped = server.stop(5_000);
    await silentClosed;
    done.resolve({ status: 'success' });
    assert.equal(await answer, { status: 'success' });
    await stopped;
    agent.destroy();
  });
});

test('a client that says nothing instead of a handshake is sent away', async () => {
  await withServer({ tls: filesOf(1), timeouts: { handshake: 30 } }, async ({ dial }) => {
    assert.is(await readAll(await dial()), '');
  });
});

test('the command line takes the certificate that the config names, and no other', async () => {
  const tls = filesOf(1);
  await withServer({ tls }, async ({ port }) => {
    const url = new URL(`https://localhost:${port}`);
    assert.is((await new ServiceClient(url, '', tls.cert).get('/ping')).status, 'ok');
    for (const other of [filesOf(2).cert, null]) {
      const problem = await new ServiceClient(url, '', other).get('/ping').catch((error: unknown) => error);
      assert.instance(problem, ServiceProblem);
      assert.match((problem as Error).message, /no service answers at https:.*SELF_SIGNED|UNABLE_TO/);
    }
  });
});

test("the image's health check finds it, with and without TLS, and tells when nothing answers", async () => {
  const check = (port: number) =>
    new Child(process.execPath, ['scripts/healthcheck.mjs'], {
      cwd: fileURLToPath(new URL('../../', import.meta.url)),
      environment: { QGUARDARR__GLOBAL__PORT: String(port) },
    }).exited;
  let port = 0;
  for (const tls of [filesOf(1), null]) {
    await withServer({ tls }, async (server) => {
      port = server.port;
      assert.is((await check(port)).code, 0);
    });
  }
  assert.is((await check(port)).code, 1);
});

test('files that are missing, mixed up or of different pairs are reported, without what they hold', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tls-test-'));
  const file = (name: string) => path.join(folder, name);
  try {
    const pair = selfSigned();
    await writeFile(file('cert.pem'), pair.cert);
    await writeFile(file('key.pem'), pair.key);
    await writeFile(file('other.pem'), selfSigned().key);
    assert.is(String((await loadTlsFiles(file('cert.pem'), file('key.pem'))).key), pair.key);
    const wrong = [
      ['nowhere.pem', 'key.pem', /can't read global\.tls_cert_file .*no such file/],
      ['cert.pem', 'nowhere.pem', /can't read global\.tls_key_file .*no such file/],
      ['key.pem', 'cert.pem', /expected a certificate in PEM/],
      ['cert.pem', 'other.pem', /can't be used together.*KEY_VALUES_MISMATCH/],
    ] as const;
    for (const [cert, key, message] of wrong) {
      const error = await loadTlsFiles(file(cert), file(key)).catch((caught: unknown) => caught);
      assert.instance(error, TlsFilesError);
      assert.match((error as Error).message, message);
      assert.not.match((error as Error).message, 'BEGIN');
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.run();
