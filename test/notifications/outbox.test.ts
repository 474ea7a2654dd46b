import { setImmediate as turn } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Delivery } from '../../src/notifications/delivery.ts';
import type { Notice } from '../../src/notifications/notice.ts';
import { Outbox } from '../../src/notifications/outbox.ts';
import { HandClock } from '../support/hand-clock.ts';

const test = suite('what waits for delivery');
const SENT: Delivery = { ok: true };
const BUSY: Delivery = { ok: false, problem: 'it answered 503', retry: { afterMs: null } };

function notice(message: string): Notice {
  return { kind: 'offline', severity: 'info', title: '', message, at: 0 };
}

function outboxWith(deliver: (notice: Notice, signal: AbortSignal) => Delivery | Promise<Delivery>) {
  const clock = new HandClock();
  const told: string[] = [];
  const outbox = new Outbox({
    deliver: async (message, signal) => deliver(message, signal),
    onSent: ({ message }) => told.push(`sent ${message}`),
    onFailed: ({ message }, problem) => told.push(`failed ${message}: ${problem}`),
    clock,
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
  for (const message of ['a', 'b', 'c']) outbox.push(notice(message));
  await settle();
  assert.equal(told, ['sent a', 'sent b', 'sent c']);
});

test('one that fails is tried again with growing pauses, and in the end given up and told', async () => {
  const { outbox, clock, told } = outboxWith(({ message }) => (message === 'a' ? BUSY : SENT));
  outbox.push(notice('a'));
  outbox.push(notice('b'));
  await settle();
  assert.equal(clock.slept, [2_000, 10_000, 60_000, 300_000]);
  assert.equal(told, ['failed a: it answered 503, 5 times', 'sent b']);
});

test('what is refused is not tried again', async () => {
  const { outbox, clock, told } = outboxWith(() => ({ ok: false, problem: 'it answered 404', retry: null }));
  outbox.push(notice('a'));
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
  outbox.push(notice('a'));
  await settle();
  assert.equal(clock.slept, [30_000, 300_000]);
  assert.equal(told, ['sent a']);
});

test('of too many that wait the oldest are given up', async () => {
  const { outbox, told } = outboxWith(() => new Promise(() => undefined));
  for (let count = 0; count < 23; count += 1) outbox.push(notice(`#${count}`));
  await settle();
  assert.equal(told, ['failed #1: more than 20 messages wait', 'failed #2: more than 20 messages wait']);
  outbox.stop();
});

test('a stop breaks off what is under way, and nothing is sent any more', async () => {
  const { outbox, told } = outboxWith(
    (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  outbox.push(notice('a'));
  outbox.push(notice('b'));
  await settle();
  outbox.stop();
  outbox.push(notice('c'));
  await settle();
  assert.equal(told, []);
});

test.run();
