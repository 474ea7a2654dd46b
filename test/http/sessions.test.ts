import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Sessions } from '../../src/http/sessions.ts';
import { keysOf } from './support.ts';

function isAlive(sessions: Sessions, token: string, key: string): boolean {
  return sessions.find(token, keysOf(key)) !== null;
}

const DAY_MS = 86_400_000;

test('a session is alive by its token and the key that opened it', () => {
  const sessions = new Sessions(() => 0);
  const token = sessions.open('key');
  assert.match(token, /^[\w-]{43}$/);
  assert.ok(isAlive(sessions, token, 'key'));
  assert.not.ok(isAlive(sessions, '', 'key'));
  assert.not.ok(isAlive(sessions, `${token}x`, 'key'));
  assert.not.ok(isAlive(sessions, token, 'another key'));
  assert.not.ok(isAlive(sessions, token, 'key'), 'a key that changed ended it for good');
});

test('no two tokens are alike', () => {
  const sessions = new Sessions(() => 0);
  assert.is(new Set(Array.from({ length: 50 }, () => sessions.open('k'))).size, 50);
});

test('it ends when it is closed, and only that one', () => {
  const sessions = new Sessions(() => 0);
  const [one, other] = [sessions.open('k'), sessions.open('k')];
  sessions.close(one);
  sessions.close('never opened');
  assert.not.ok(isAlive(sessions, one, 'k'));
  assert.ok(isAlive(sessions, other, 'k'));
});

test('it ends a week after it was last seen, and after thirty days in any case', () => {
  let clock = 0;
  const sessions = new Sessions(() => clock);
  const idle = sessions.open('k');
  const busy = sessions.open('k');
  for (clock = 0; clock <= 30 * DAY_MS; clock += 6 * DAY_MS)
    assert.ok(isAlive(sessions, busy, 'k'), `${clock}`);
  clock = 7 * DAY_MS + 1;
  assert.not.ok(isAlive(sessions, idle, 'k'));
  clock = 30 * DAY_MS + 1;
  assert.not.ok(isAlive(sessions, busy, 'k'));
});

test('however many log in, only so many are kept, those last seen', () => {
  const sessions = new Sessions(() => 0, 2);
  const [first, second] = [sessions.open('k'), sessions.open('k')];
  assert.ok(isAlive(sessions, first, 'k'));
  const third = sessions.open('k');
  assert.not.ok(isAlive(sessions, second, 'k'));
  assert.ok(isAlive(sessions, first, 'k'));
  assert.ok(isAlive(sessions, third, 'k'));
});

test("logins by one key never end another's: of the key with most the one longest unseen goes", () => {
  const sessions = new Sessions(() => 0, 3);
  const owner = sessions.open('admin');
  const lesser = ['read', 'read', 'read', 'read'].map((key) => sessions.open(key));
  assert.ok(isAlive(sessions, owner, 'admin'));
  assert.equal(
    lesser.map((token) => isAlive(sessions, token, 'read')),
    [false, false, true, true],
  );
});

test.run();
