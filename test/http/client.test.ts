import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ClientReader } from '../../src/http/client.ts';
import { API_KEY, withServer } from './support.ts';

const PROXIES = ['10.0.0.0/8', 'fd00::/8', '127.0.0.1'];

function addressOf(peer: string, forwardedFor: string | undefined, proxies = PROXIES): string {
  const headers: IncomingHttpHeaders = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
  return new ClientReader().read({ headers, socket: { remoteAddress: peer } as Socket }, proxies).address;
}

test('X-Forwarded-For counts only when the peer is a trusted proxy', () => {
  assert.is(addressOf('192.0.2.1', '198.51.100.7'), '192.0.2.1');
  assert.is(addressOf('10.0.0.1', '198.51.100.7', []), '10.0.0.1');
  assert.is(addressOf('10.0.0.1', '198.51.100.7'), '198.51.100.7');
  assert.is(addressOf('::ffff:10.0.0.1', '198.51.100.7'), '198.51.100.7');
  assert.is(addressOf('fd00::1', '2001:db8::7'), '2001:db8::7');
  assert.is(addressOf('10.0.0.1', undefined), '10.0.0.1');
});

test('of several addresses the nearest that is no trusted proxy counts, as a client can write what stands before', () => {
  assert.is(addressOf('10.0.0.1', '127.0.0.1, 198.51.100.7'), '198.51.100.7');
  assert.is(addressOf('10.0.0.1', '203.0.113.9, 198.51.100.7, 10.2.3.4'), '198.51.100.7');
  assert.is(addressOf('10.0.0.1', '10.9.9.9, 10.2.3.4'), '10.9.9.9');
});

test('addresses may have a port, and what is no address ends the search', () => {
  assert.is(addressOf('10.0.0.1', '198.51.100.7:4321'), '198.51.100.7');
  assert.is(addressOf('10.0.0.1', '[2001:DB8::7]:4321'), '2001:db8::7');
  for (const junk of [
    'unknown',
    '',
    'evil\u0000',
    '1.2.3',
    '_hidden',
    'fe80::1%eth0',
    '[::1',
    '9'.repeat(9_000),
  ]) {
    assert.is(addressOf('10.0.0.1', `198.51.100.7, ${junk}`), '10.0.0.1', junk);
  }
});

test('a list that was exchanged by a reload is taken up', () => {
  const reader = new ClientReader();
  const request = {
    headers: { 'x-forwarded-for': '198.51.100.7' },
    socket: { remoteAddress: '10.0.0.1' } as Socket,
  };
  assert.is(reader.read(request, []).address, '10.0.0.1');
  assert.is(reader.read(request, ['10.0.0.1']).address, '198.51.100.7');
  assert.is(reader.read(request, ['10.0.0.2']).address, '10.0.0.1');
});

test('that the client came by https is known by our own TLS or by a trusted proxy', () => {
  const reader = new ClientReader();
  const usesTls = (socket: object, proto?: string) =>
    reader.read(
      { headers: proto === undefined ? {} : { 'x-forwarded-proto': proto }, socket: socket as Socket },
      PROXIES,
    ).usesTls;
  assert.is(usesTls({ remoteAddress: '192.0.2.1', encrypted: true }), true);
  assert.is(usesTls({ remoteAddress: '192.0.2.1' }, 'https'), false);
  assert.is(usesTls({ remoteAddress: '10.0.0.1' }, 'HTTPS'), true);
  assert.is(usesTls({ remoteAddress: '10.0.0.1' }, 'https, http'), true);
  assert.is(usesTls({ remoteAddress: '10.0.0.1' }, 'http'), false);
  assert.is(usesTls({ remoteAddress: '10.0.0.1' }), false);
});

test('behind a trusted proxy a pause is of one client, and a forged address in front changes nothing', async () => {
  await withServer({ access: { trustedProxies: ['127.0.0.1'] } }, async ({ ask }) => {
    const from = (chain: string, key: string) =>
      ask('GET', '/state', { headers: { Host: 'seedbox', 'X-Forwarded-For': chain, 'X-Api-Key': key } });
    for (let tries = 0; tries < 5; tries += 1) {
      assert.is((await from(`203.0.113.${tries}, 198.51.100.7`, 'wrong')).status, 401);
    }
    assert.is((await from('203.0.113.77, 198.51.100.7', API_KEY)).status, 429);
    assert.is((await from('198.51.100.8', API_KEY)).status, 200);
  });
});

test('a client that a trusted proxy calls 127.0.0.1 still needs the key', async () => {
  await withServer({ access: { trustedProxies: ['127.0.0.1'] } }, async ({ ask }) => {
    for (const header of ['X-Forwarded-For', 'X-Real-IP', 'X-Forwarded-Proto']) {
      assert.is((await ask('GET', '/state', { headers: { [header]: '127.0.0.1' } })).status, 401, header);
    }
  });
});

test('whoever asks for a rollback stands in it with the address that the proxy saw', async () => {
  await withServer({ access: { trustedProxies: ['127.0.0.1'] } }, async ({ ask, operations }) => {
    const headers = { 'X-Forwarded-For': '198.51.100.7', 'X-Api-Key': API_KEY };
    assert.is((await ask('POST', '/rollback', { json: { confirm: true }, headers })).status, 200);
    assert.match(JSON.stringify(operations.calls), 'HTTP from 198.51.100.7');
  });
});

test('X-Forwarded-For from an untrusted address is told of, at most once an hour', async () => {
  let clock = 0;
  await withServer(
    { now: () => clock, access: { trustedProxies: ['192.0.2.1'] } },
    async ({ ask, lines }) => {
      const headers = { 'X-Api-Key': API_KEY, 'X-Forwarded-For': '198.51.100.7' };
      const told = () => lines.filter(({ message }) => message.includes('auth.trusted_proxies')).length;
      assert.is((await ask('GET', '/state', { headers })).status, 200);
      assert.is((await ask('GET', '/state', { headers })).status, 200);
      assert.is(told(), 1);
      clock = 3_600_000;
      await ask('GET', '/state', { headers });
      assert.is(told(), 2);
      await ask('GET', '/state', { headers: { 'X-Api-Key': API_KEY } });
      assert.is(told(), 2);
    },
  );
});

test.run();
