import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mayBeSecret, shownAddress, shownPath } from '../../src/control/shown-address.ts';

const test = suite('addresses as people are shown them');

test('a part of a path that is plainly a name or a small number stays', () => {
  for (const name of [
    'qbittorrent',
    'qBittorrent-2',
    'qbit01',
    'my_torrent-proxy',
    'api',
    'v2',
    'WEBUI',
    'Home',
    '42',
    'index.html',
    '',
  ]) {
    assert.is(mayBeSecret(name), false, name);
  }
});

test('a part of a path that may be a key is hidden', () => {
  for (const key of [
    '0123456789abcdef0123456789abcdef',
    'deadbeef',
    'planted-path-key-13',
    'k3y',
    'XyZzyPlUgH',
    'QmFzZTY0',
    'abcdefghijklmnop',
    '550e8400-e29b-41d4-a716-446655440000',
    '12345',
    'joe%20key',
    'user:password',
    'a-b-c-d-e-f',
  ]) {
    assert.is(mayBeSecret(key), true, key);
    assert.is(shownPath(`/proxy/${key}/api`), '/proxy/***/api');
  }
});

test('of an address scheme, host and port stay; user, query, fragment and keys go', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['http://qui:7476/proxy/s3cr3tkey', 'http://qui:7476/proxy/***'],
    ['https://nas.lan:8080/qbittorrent', 'https://nas.lan:8080/qbittorrent'],
    ['http://joe:pw@nas/a?b=c#d', 'http://***@nas/a?***#***'],
    ['nas/proxy/s3cr3tkey', 'nas/proxy/***'],
    ['192.168.1.10', '192.168.1.10'],
    ['[fd00::1]:80/k3y', '[fd00::1]:80/***'],
    ['joe@nas', '***@nas'],
    ['', ''],
  ];
  for (const [address, shown] of cases) assert.is(shownAddress(address), shown);
});

test.run();
