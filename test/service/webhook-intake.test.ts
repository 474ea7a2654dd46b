import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createBus } from '../../src/bus.ts';
import type { CycleSummary } from '../../src/events.ts';
import { WebhookIntake } from '../../src/service/webhook-intake.ts';
import { withFakeTimers } from '../support/fake-timers.ts';
import { hashOf } from '../support/torrents.ts';

const test = suite('webhook intake');

function makeRig(clock: { now(): number }) {
  const bus = createBus((_name, error) => {
    throw error;
  });
  const known = new Set<string>();
  const requestedAt: number[] = [];
  const intake = new WebhookIntake({
    bus,
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.now(),
      sleep: () => Promise.reject(new Error('none')),
    },
    requestCycle: () => requestedAt.push(clock.now()),
    isKnown: (hash) => known.has(hash),
  });
  const receive = (event: 'add' | 'complete' | 'delete', hash: string | null) =>
    bus.emit('webhook:received', { event, hash, at: 0 });
  const finishCycle = () => bus.emit('cycle:finished', {} as CycleSummary);
  intake.start();
  return { intake, known, requestedAt, receive, finishCycle };
}

test('one notice asks for a cycle at once', () =>
  withFakeTimers((clock) => {
    const { requestedAt, receive } = makeRig(clock);
    receive('complete', hashOf(1));
    clock.pass(0);
    assert.equal(requestedAt, [0]);
  }));

test('500 at once ask for one; a flood that lasts for ever fewer, but one a second', () =>
  withFakeTimers((clock) => {
    const { requestedAt, receive } = makeRig(clock);
    for (let n = 0; n < 500; n += 1) receive('complete', null);
    clock.pass(300);
    assert.equal(requestedAt, [0]);
    for (let n = 0; n < 2_000; n += 1) {
      receive('complete', null);
      clock.pass(5);
    }
    const gaps = requestedAt.slice(1).map((at, n) => at - (requestedAt[n] ?? 0));
    assert.equal(gaps.slice(0, 4), [300, 400, 800, 1_000]);
    assert.ok(gaps.slice(3).every((gap) => gap === 1_000));
    assert.ok(gaps.length >= 10, String(gaps));
  }));

test('after a flood one notice is acted on at once again', () =>
  withFakeTimers((clock) => {
    const { requestedAt, receive } = makeRig(clock);
    for (let n = 0; n < 1_000; n += 1) {
      receive('complete', null);
      clock.pass(5);
    }
    clock.pass(3_000);
    const before = requestedAt.length;
    receive('complete', null);
    clock.pass(0);
    receive('complete', null);
    clock.pass(200);
    assert.equal(requestedAt.slice(before), [8_000, 8_200]);
  }));

test('an added torrent that is not there yet is looked for again, five times at most', () =>
  withFakeTimers((clock) => {
    const { intake, requestedAt, receive, finishCycle } = makeRig(clock);
    receive('add', hashOf(1).toUpperCase());
    assert.is(intake.queueSize, 1);
    for (let n = 0; n < 10; n += 1) {
      clock.pass(400);
      finishCycle();
    }
    assert.is(requestedAt.length, 5);
    assert.is(intake.queueSize, 0);
  }));

test('once it is there, nothing more is asked for', () =>
  withFakeTimers((clock) => {
    const { intake, known, requestedAt, receive, finishCycle } = makeRig(clock);
    receive('add', hashOf(1).toUpperCase());
    clock.pass(0);
    known.add(hashOf(1));
    finishCycle();
    clock.pass(5000);
    assert.is(requestedAt.length, 1);
    assert.is(intake.queueSize, 0);
  }));

test('a look-again that waits does not delay a new notice', () =>
  withFakeTimers((clock) => {
    const { requestedAt, receive, finishCycle } = makeRig(clock);
    receive('add', hashOf(1));
    clock.pass(250);
    finishCycle();
    clock.pass(10);
    receive('add', hashOf(2));
    clock.pass(0);
    assert.equal(requestedAt, [0, 260]);
  }));

test('a flood of made-up hashes is not remembered without bound', () =>
  withFakeTimers((clock) => {
    const { intake, receive } = makeRig(clock);
    for (let n = 0; n < 5000; n += 1) receive('add', hashOf(n));
    assert.is(intake.queueSize, 1000);
  }));

test('stopped, it asks for nothing and leaves no timer', () =>
  withFakeTimers((clock) => {
    const { intake, requestedAt, receive } = makeRig(clock);
    receive('add', hashOf(1));
    intake.stop();
    receive('add', hashOf(2));
    clock.pass(10_000);
    assert.equal(requestedAt, []);
    assert.is(clock.pending, 0);
  }));

test.run();
