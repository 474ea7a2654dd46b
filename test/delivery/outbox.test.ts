import { setImmediate as turn } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Attempt } from '../../src/delivery/attempt.ts';
import { Outbox } from '../../src/delivery/outbox.ts';
import { HandClock } from '../support/hand-clock.ts';

const test = suite('what waits for delivery');
const SENT: Attempt = { ok: true };
const BUSY: Attempt = { ok: false, problem: 'it answered 503', retry: { afterMs: null } };

function outboxWith(deliver: (item: string, signal: AbortSignal) => Attempt | Promise<Attempt>) {
  const clock = new HandClock();
  const told: string[] = [];
  const outbox = new Outbox<string>({
    deliver: async (item, signal) => deliver(item, signal),
    onSent: (item) => told.push(`sent ${item}`),
    onRetry: (item, problem, pauseMs) => told.push(`again ${item} in ${pauseMs}: ${problem}`),
    onFailed: (item, problem) => told.push(`failed ${item}: ${problem}`),
    onDropped: (item, problem) => told.push(`dropped ${item}: ${problem}`),
    retryAfterMs: [2_000, 10_000, 60_000],
    mostWaiting: 20,
    sleep: (ms, signal) => clock.sleep(ms, signal),
  });
  return { outbox, clock, told };
}

async function settle(): Promise<void> {
  for (let round = 0; round < 20; round += 1) await turn();
}

test('messages go one at a time, in order', async () => {
  let underWay = 0;
  const { outbox, told } = outboxWith(async () => {
    underWay += 1;
    assert.is(underWay, 1);
    await turn();
    underWay -= 1;
    return SENT;
  });
  for (const message of ['a', 'b', 'c']) outbox.push(message);
  await settle();
  assert.equal(told, ['sent a', 'sent b', 'sent c']);
});

test('one that fails is tried again with growing pauses, and in the end given up and told', async () => {
  const { outbox, clock, told } = outboxWith((item) => (item === 'a' ? BUSY : SENT));
  outbox.push('a');
  outbox.push('b');
  await settle();
  assert.equal(clock.slept, [2_000, 10_000, 60_000]);
  assert.equal(told, [
    'again a in 2000: it answered 503',
    'again a in 10000: it answered 503',
    'again a in 60000: it answered 503',
    'failed a: it answered 503, 4 times',
    'sent b',
  ]);
});

test('what is refused is not tried again', async () => {
  const { outbox, clock, told } = outboxWith(() => ({ ok: false, problem: 'it answered 404', retry: null }));
  outbox.push('a');
  await settle();
  assert.equal(clock.slept, []);
  assert.equal(told, ['failed a: it answered 404']);
});

test('a longer pause is kept when the other side asks for one, up to 5 minutes', async () => {
  const asked = [30_000, 9_000_000];
  const { outbox, clock, told } = outboxWith(() => {
    const afterMs = asked.shift();
    return afterMs === undefined ? SENT : { ...BUSY, retry: { afterMs } };
  });
  outbox.push('a');
  await settle();
  assert.equal(clock.slept, [30_000, 300_000]);
  assert.is(told.at(-1), 'sent a');
});

test('of too many that wait the oldest are given up', async () => {
  const { outbox, told } = outboxWith(() => new Promise(() => undefined));
  for (let count = 0; count < 23; count += 1) outbox.push(`#${count}`);
  await settle();
  assert.equal(told, ['dropped #1: more than 20 wait', 'dropped #2: more than 20 wait']);
  outbox.stop();
});

test('a stop breaks off what is under way, and nothing is sent any more', async () => {
  const { outbox, told } = outboxWith(
    (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  outbox.push('a');
  outbox.push('b');
  await settle();
  outbox.stop();
  outbox.push('c');
  await settle();
  assert.equal(told, []);
});

test.run();
