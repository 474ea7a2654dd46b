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
  shares.proved('owner', '192.0.2.99', 'admin');
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
    shares.proved(name, '192.0.2.1', 'admin');
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
    shares.proved(name, '127.0.0.1', 'admin');
    shares.heard(name, '198.51.100.7');
  }
  assert.is(shares.enter('b', '192.0.2.2'), 'one');
});

test('holders of the webhook key can fill two thirds, and are told so beyond: the owner and this machine get in', () => {
  const everyone = new Set<string>();
  const { shares } = sharesOf(96, everyone);
  const outcomes: unknown[] = [];
  for (let n = 1; n <= 95; n += 1) {
    everyone.add(`hook${n}`);
    shares.enter(`hook${n}`, '192.0.2.1');
    shares.heard(`hook${n}`, '192.0.2.1');
    outcomes.push(shares.proved(`hook${n}`, '192.0.2.1', 'webhook'));
  }
  assert.is(outcomes.filter((outcome) => outcome === null).length, 64);
  assert.is(outcomes.filter((outcome) => outcome === 'refused').length, 31);
  assert.is(shares.enter('health check', '127.0.0.1'), null, 'a place is kept for it');
  assert.is(shares.enter('unknown owner', '192.0.2.99'), 'hook65', 'of those that were refused');
  assert.is(shares.proved('unknown owner', '192.0.2.99', 'admin'), null);
});

test('a lesser key whose places are taken gets that of a connection of its own scope that is idle', () => {
  const { shares } = sharesOf(12);
  for (let n = 1; n <= 3; n += 1) shares.enter(`grafana${n}`, '192.0.2.1');
  assert.is(shares.proved('grafana1', '192.0.2.1', 'read'), null);
  assert.is(shares.proved('grafana2', '192.0.2.1', 'read'), null);
  assert.is(shares.proved('grafana3', '192.0.2.1', 'read'), 'grafana1');
  assert.is(shares.size, 2);
});

test('a lesser key makes no known owner of its network', () => {
  const { shares, fill } = sharesOf(4);
  shares.enter('hook', '192.0.2.9');
  shares.proved('hook', '192.0.2.9', 'webhook');
  shares.leave('hook');
  for (let n = 1; n <= 4; n += 1) fill(`192.0.2.${n}`, 1);
  assert.is(shares.enter('hook again', '192.0.2.9'), 'refused');
});

test('a place of this machine is left to it, whatever key all others hold', () => {
  const { shares } = sharesOf(96);
  for (let n = 1; n <= 96; n += 1) {
    const entered = shares.enter(`admin${n}`, '192.0.2.1');
    assert.is(entered, n <= 95 ? null : 'refused');
    shares.proved(`admin${n}`, '192.0.2.1', 'admin');
  }
  assert.is(shares.enter('health check', '127.0.0.1'), null);
  assert.is(shares.enter('other', '192.0.2.2'), 'refused', 'it takes no place of this machine either');
});

test.run();
