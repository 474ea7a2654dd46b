import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConnectionShares } from '../../src/http/connection-shares.ts';

function sharesOf(limit: number, busy: ReadonlySet<string> = new Set()) {
  const clock = { ms: 0 };
  const shares = new ConnectionShares<string>({
    limit,
    now: () => clock.ms,
    isBusy: (connection) => busy.has(connection),
  });
  /** Connects and asks, as `count` clients of one network do. */
  const fill = (network: string, count: number) => {
    for (let n = 1; n <= count; n += 1) {
      shares.enter(`${network}#${n}`, network);
      shares.heard(`${network}#${n}`, network);
    }
  };
  return { shares, clock, fill };
}

test('whoever has all connections makes room for another, and gets no more itself', () => {
  const { shares, fill } = sharesOf(3);
  for (let n = 1; n <= 3; n += 1) assert.is(shares.enter(`a${n}`, '192.0.2.1'), null);
  assert.is(shares.enter('a4', '192.0.2.1'), 'refused');
  assert.is(shares.enter('b1', '192.0.2.2'), 'a1');
  assert.is(shares.size, 3);
  fill('192.0.2.3', 0);
});

test('one that waits for a request goes before one that is being answered', () => {
  const { shares, fill } = sharesOf(3, new Set(['192.0.2.1#1', '192.0.2.1#2']));
  fill('192.0.2.1', 3);
  assert.is(shares.enter('b', '192.0.2.2'), '192.0.2.1#3');
  assert.is(shares.enter('c', '127.0.0.1'), '192.0.2.1#1');
});

test('where each has one, a stranger gets none; this machine and who showed a key of late do', () => {
  const { shares } = sharesOf(4);
  shares.enter('owner', '192.0.2.99');
  shares.proved('owner', '192.0.2.99');
  shares.leave('owner');
  for (let n = 1; n <= 4; n += 1) {
    shares.enter(`c${n}`, `192.0.2.${n}`);
    shares.heard(`c${n}`, `192.0.2.${n}`);
  }
  assert.is(shares.enter('stranger', '192.0.2.50'), 'refused');
  assert.is(shares.enter('local', '127.0.0.1'), 'c1');
  assert.is(shares.enter('owner again', '192.0.2.99'), 'c2');
});

test('an owner is never sent away, so that a burst of webhooks is refused at its end', () => {
  const { shares } = sharesOf(2);
  for (const name of ['one', 'two']) {
    shares.enter(name, '192.0.2.1');
    shares.proved(name, '192.0.2.1');
  }
  assert.is(shares.enter('three', '192.0.2.1'), 'refused');
  assert.is(shares.enter('local', '127.0.0.1'), 'refused');
  shares.leave('one');
  assert.is(shares.enter('three', '192.0.2.1'), null);
});

test('strangers behind a proxy on this machine do not stand in the way of this machine', () => {
  const { shares, fill } = sharesOf(3);
  fill('127.0.0.1', 3);
  assert.is(shares.enter('health check', '127.0.0.1'), '127.0.0.1#1');
});

test('a connection that is silent for long makes room for any other, of its own network too', () => {
  const { shares, clock } = sharesOf(2);
  shares.enter('silent', '192.0.2.1');
  shares.enter('asks', '192.0.2.1');
  shares.heard('asks', '192.0.2.1');
  clock.ms = 1_999;
  assert.is(shares.enter('early', '192.0.2.1'), 'refused');
  clock.ms = 2_000;
  assert.is(shares.enter('late', '192.0.2.1'), 'silent');
});

test('an owner whose next request has no right is a client like any other', () => {
  const { shares } = sharesOf(2);
  for (const name of ['one', 'two']) {
    shares.enter(name, '127.0.0.1');
    shares.proved(name, '127.0.0.1');
    shares.heard(name, '198.51.100.7');
  }
  assert.is(shares.enter('b', '192.0.2.2'), 'one');
});

test.run();
