import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { describeError, withoutUrlSecrets } from '../../src/log/describe-error.ts';

const test = suite('an error in the log');

test('of its fields only name, message, code, stack and the cause are shown', () => {
  const cause = new Error('disk');
  const error = Object.assign(new TypeError('no', { cause }), { code: 'E_NO', input: 'secret', headers: {} });
  const described = describeError(error);
  assert.equal(Object.keys(described).sort(), ['cause', 'code', 'message', 'stack', 'type']);
  assert.is(described.type, 'TypeError');
  assert.is(described.cause, 'disk');
});

test("Node's invalid URL, passkey and all, is not shown", () => {
  try {
    new URL('http:// /passkey1234');
    assert.unreachable();
  } catch (error) {
    assert.not.match(JSON.stringify(describeError(error)), /passkey1234/);
  }
});

test('a URL loses user, path and query wherever it stands; places in files stay', () => {
  assert.is(
    withoutUrlSecrets('GET https://me:pw@t.example:8443/key/announce?x=1 failed (udp://u.example/k)'),
    'GET https://t.example:8443/… failed (udp://u.example/…)',
  );
  assert.is(withoutUrlSecrets('at file:///app/dist/main.js:1:2'), 'at file:///app/dist/main.js:1:2');
  const described = describeError(
    new Error('from http://a.example/key', { cause: new Error('http://b.example/key') }),
  );
  assert.not.match(JSON.stringify(described), /\/key/);
});

test('what is thrown need not be an error', () => {
  assert.equal(describeError('odd'), { type: 'string', message: 'odd' });
  assert.equal(describeError(undefined), { type: 'undefined', message: 'undefined' });
});

test.run();
