import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HttpProblem } from '../../src/http/errors.ts';
import { KeyGate } from '../../src/http/key-gate.ts';
import { fakeLog, keysOf } from './support.ts';

function gateOf(apiKey: string): (key: string, address: string) => number {
  const gate = new KeyGate({
    keys: () => (apiKey === '' ? [] : keysOf(apiKey)),
    now: () => 0,
    log: fakeLog().log,
  });
  return (key, address) => {
    try {
      gate.check(key, address);
      return 200;
    } catch (error) {
      return error instanceof HttpProblem ? error.status : 0;
    }
  };
}

test('the addresses of one IPv6 network count as one client, as its owner has them all', () => {
  const check = gateOf('key');
  for (let host = 1; host <= 5; host += 1) assert.is(check('wrong', `2001:db8:1:2::${host}`), 401);
  assert.is(check('key', '2001:db8:1:2:ffff:1:2:3'), 429);
  assert.is(check('key', '2001:db8:1:3::1'), 200);
  assert.is(check('key', '2001:db8::1'), 200);
});

test('IPv4 addresses count one by one', () => {
  const check = gateOf('key');
  for (let tries = 1; tries <= 5; tries += 1) assert.is(check('wrong', '192.0.2.1'), 401);
  assert.is(check('key', '192.0.2.1'), 429);
  assert.is(check('key', '192.0.2.2'), 200);
});

test('with no key in force none is right, the empty one neither', () => {
  const check = gateOf('');
  assert.is(check('', '192.0.2.1'), 401);
  assert.is(check('key', '192.0.2.1'), 401);
});

test('a lesser key does not clear the count of wrong ones', () => {
  const keys = [...keysOf('main-key'), { name: 'hook', scope: 'webhook', key: 'hook-key' } as const];
  const gate = new KeyGate({ keys: () => keys, now: () => 0, log: fakeLog().log });
  const check = (key: string) => {
    try {
      return gate.check(key, '192.0.2.1').name;
    } catch (error) {
      return (error as HttpProblem).status;
    }
  };
  for (let tries = 1; tries <= 4; tries += 1) {
    assert.is(check('wrong'), 401);
    assert.is(check('hook-key'), 'hook');
  }
  assert.is(check('wrong'), 401);
  assert.is(check('main-key'), 429);
});

test.run();
