import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HttpProblem } from '../../src/http/errors.ts';
import { EventStreams } from '../../src/http/event-streams.ts';
import type { LiveUpdate } from '../../src/service/live-types.ts';
import { readAll, withServer } from './support.ts';

const LINK = { state: 'online', since: null, problem: null, contest: null, qbittorrent_version: 'v5.1.0' };
const update = (state: string): LiveUpdate => ({ event: 'link', data: { ...LINK, state } });

/** A service that is watched, and tells when the test says so. */
function watched() {
  const watchers = new Set<(update: LiveUpdate) => void>();
  return {
    watchers,
    tell: (told: LiveUpdate) => {
      for (const watcher of watchers) watcher(told);
    },
    live: () => [update('online')],
    watch: (watcher: (update: LiveUpdate) => void) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

const OPEN = 'GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';

test('a stream begins with all as it is, goes on with each change, and ends with the server', async () => {
  const service = watched();
  await withServer({ fake: service }, async ({ server, dial }) => {
    const socket = await dial();
    const all = readAll(socket);
    socket.write(OPEN);
    while (service.watchers.size === 0) await sleep(5);
    service.tell(update('offline.waiting'));
    await sleep(20);
    const startedAt = performance.now();
    await server.stop(5_000);
    assert.ok(performance.now() - startedAt < 1_000, 'an open stream does not hold the stop');
    const text = await all;
    assert.match(text, /^HTTP\/1\.1 200/);
    assert.match(text, /content-type: text\/event-stream/i);
    assert.match(text, /cache-control: no-store/i);
    const states = [...text.matchAll(/event: link\ndata: (\{.*\})\n\n/g)].map((match) => match[1]);
    assert.equal(
      states.map((json) => JSON.parse(json ?? '').state),
      ['online', 'offline.waiting'],
    );
    assert.is(service.watchers.size, 0);
  });
});

test('a client that goes away is forgotten, and the service watched no longer', async () => {
  const service = watched();
  await withServer({ fake: service }, async ({ dial }) => {
    const [first, second] = [await dial(), await dial()];
    for (const socket of [first, second]) {
      socket.resume();
      socket.write(OPEN);
    }
    while (service.watchers.size === 0) await sleep(5);
    await sleep(30);
    assert.is(service.watchers.size, 1, 'watched once for both');
    first.destroy();
    await sleep(30);
    assert.is(service.watchers.size, 1);
    second.destroy();
    while (service.watchers.size > 0) await sleep(5);
  });
});

test('HEAD leaves no stream open', async () => {
  const service = watched();
  await withServer({ fake: service }, async ({ ask }) => {
    assert.is((await ask('HEAD', '/events')).status, 200);
    while (service.watchers.size > 0) await sleep(5);
  });
});

test('no more streams than allowed are open at once', () => {
  const streams = new EventStreams({ operations: watched(), maxStreams: 2 });
  const [first] = [streams.open(), streams.open()];
  assert.throws(
    () => streams.open(),
    (error: unknown) => error instanceof HttpProblem && error.status === 503,
  );
  assert.is(streams.size, 2);
  first?.destroy();
  streams.closeAll();
  assert.is(streams.size, 0);
});

test('a stream that was ended but not read to its end is sent nothing more', async () => {
  const service = watched();
  const streams = new EventStreams({ operations: service, heartbeatMs: 5 });
  const stalled = streams.open();
  streams.closeAll();
  assert.is(service.watchers.size, 0);
  const other = streams.open();
  service.tell(update('offline.waiting'));
  await sleep(20);
  assert.is(stalled.errored, null);
  other.destroy();
});

test('a reader far behind is cut off instead of being kept for', async () => {
  const service = watched();
  const streams = new EventStreams({ operations: service, maxBufferedBytes: 1_000 });
  const slow = streams.open();
  const quick = streams.open();
  quick.resume();
  for (let told = 0; told < 30; told += 1) {
    service.tell(update(`offline.${told}`));
    await sleep(0);
  }
  assert.ok(slow.destroyed);
  assert.not.ok(quick.destroyed);
  quick.destroy();
  await sleep(0);
  assert.is(streams.size, 0);
});

test('a heartbeat goes out while nothing happens', async () => {
  const streams = new EventStreams({ operations: watched(), heartbeatMs: 5 });
  const stream = streams.open();
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  while (!text.endsWith('\n\n:\n\n')) await sleep(5);
  stream.destroy();
});

test('strangers share their streams by network, and the last ones are kept for owners', async () => {
  const { live, watch } = watched();
  const streams = new EventStreams({
    operations: { live, watch },
    maxStreams: 6,
    maxPublicStreams: 4,
    maxStreamsPerNetwork: 3,
  });
  const opens = (stranger: string | null) => {
    try {
      return streams.open(() => true, stranger);
    } catch (error) {
      assert.is((error as HttpProblem).status, 503);
      return null;
    }
  };
  const greedy = [opens('192.0.2.1'), opens('192.0.2.1'), opens('192.0.2.1')];
  assert.is(opens('192.0.2.1'), null, 'a fourth of one network');
  assert.ok(opens('192.0.2.2'));
  assert.is(opens('192.0.2.3'), null, 'a fifth of all strangers');
  assert.ok(opens(null));
  assert.ok(opens(null));
  assert.is(opens(null), null, 'a seventh of all');
  const [first] = greedy;
  assert.ok(first);
  first.destroy();
  await once(first, 'close');
  assert.ok(opens('192.0.2.3'));
  streams.closeAll();
});

test('read keys leave the last streams to admins', () => {
  const operations = { live: () => [], watch: () => () => undefined };
  const streams = new EventStreams({ operations, maxStreams: 3, maxLesserStreams: 2 });
  const open = (isAdmin: boolean) => streams.open(() => true, null, isAdmin);
  open(false);
  open(false);
  assert.throws(() => open(false), /2 streams of events are open without an admin's key/);
  open(true);
  assert.throws(() => open(true), /3 streams of events are open/);
  streams.closeAll();
});

test.run();
