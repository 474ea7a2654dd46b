import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AddressSet, clientNetwork, isLoopbackAddress, readAddress } from '../../src/config/addresses.ts';

test('an address has one spelling, however it was written', () => {
  for (const spelling of ['2001:db8::1', '2001:DB8:0:0:0:0:0:1', '2001:0db8::0001', '2001:db8:0::0.0.0.1']) {
    assert.is(readAddress(spelling), '2001:db8::1', spelling);
  }
  for (const spelling of ['10.0.0.1', '::ffff:10.0.0.1', '::FFFF:a00:1', '0:0:0:0:0:ffff:0a00:0001']) {
    assert.is(readAddress(spelling), '10.0.0.1', spelling);
  }
});

test('what Node calls no address is none, also where others would read one', () => {
  for (const text of [
    '',
    '127.1',
    '010.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '1.2.3.4.',
    'fe80::1%eth0',
    '::1/128',
    ' ::1',
    '::127.0.0.1',
  ]) {
    assert.is(readAddress(text), null, text);
    assert.not.ok(new AddressSet(['0.0.0.0/0', '::/0']).has(text), text);
  }
});

test('loopback is loopback in every spelling, and nothing else is', () => {
  for (const text of [
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
  ]) {
    assert.ok(isLoopbackAddress(text), text);
  }
  for (const text of [
    '',
    '128.0.0.1',
    '::',
    '::2',
    '::ffff:10.0.0.1',
    '::127.0.0.1',
    '0.0.0.0',
    'localhost',
  ]) {
    assert.not.ok(isLoopbackAddress(text), text);
  }
});

test('a set has the addresses of its ranges, by value and by family', () => {
  const set = new AddressSet(['10.0.0.5/8', '::ffff:192.168.0.0/112', '2001:DB8::/32', 'nonsense']);
  for (const text of ['10.255.0.1', '::ffff:10.1.2.3', '192.168.3.4', '2001:0db8:ffff::'])
    assert.ok(set.has(text), text);
  for (const text of ['11.0.0.1', '192.169.0.1', '2001:db9::', '::a00:5', 'nonsense'])
    assert.not.ok(set.has(text), text);
  assert.not.ok(new AddressSet(['::/0']).has('10.0.0.1'));
});

test('a client of IPv6 is its network, in whatever spelling', () => {
  const network = clientNetwork('2001:db8:1:2::7');
  for (const text of ['2001:0db8:0001:0002:ffff::', '2001:DB8:1:2:0:0:0:9'])
    assert.is(clientNetwork(text), network);
  assert.is.not(clientNetwork('2001:db8:1:3::7'), network);
  assert.is(clientNetwork('::ffff:192.0.2.1'), '192.0.2.1');
  assert.is(clientNetwork('unknown'), 'unknown');
});

test('the share of all addresses counts none twice', () => {
  assert.is(new AddressSet([]).share, 0);
  assert.is(new AddressSet(['0.0.0.0/1', '128.0.0.0/1', '10.0.0.0/8']).share, 1);
  assert.is(new AddressSet(['10.0.0.0/8', '10.1.0.0/16', '10.0.0.0/8']).share, 1 / 256);
  assert.is(new AddressSet(['fc00::/7', '10.0.0.0/8']).share, 1 / 128);
});

test.run();
