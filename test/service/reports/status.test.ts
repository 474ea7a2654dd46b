import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createBus } from '../../../src/bus.ts';
import type { CycleSummary, Events } from '../../../src/events.ts';
import { Status } from '../../../src/service/reports/status.ts';
import { HandClock } from '../../support/hand-clock.ts';

const test = suite('status');

function makeRig() {
  const bus = createBus((_name, error) => {
    throw error;
  });
  const status = new Status();
  const clock = new HandClock(0);
  status.start(bus, clock);
  const cycle = (changed: number, dryRun = false, failedCalls = 0) =>
    bus.emit('cycle:finished', { cycle: 1, changed, calls: 3, failedCalls, dryRun, at: 5 } as CycleSummary);
  return { bus, status, clock, cycle };
}

test('counts cycles, errors, and limits really set', () => {
  const { bus, status, cycle } = makeRig();
  cycle(3);
  cycle(4, true);
  bus.emit('cycle:failed', { problem: 'x', at: 1 });
  bus.emit('limits:failed', { call: { changes: [] }, at: 1 } as unknown as Events['limits:failed']);
  assert.equal([status.cycles, status.limitsApplied, status.errors], [2, 3, 2]);
});

test('writes fail since the first cycle in which none went through, until one has no failure', () => {
  const { bus, status, clock, cycle } = makeRig();
  const fail = (problem: string) =>
    bus.emit('limits:failed', {
      problem,
      call: { changes: [] },
      at: 1,
    } as unknown as Events['limits:failed']);
  fail('status 500');
  cycle(0, false, 2);
  clock.at = 700;
  fail('status 503');
  cycle(0, false, 2);
  assert.equal(status.failingWrites, { since: 0, failed: 2, calls: 2, problem: 'status 503' });
  clock.at = 900;
  cycle(1, false, 1);
  assert.is(status.failingWrites?.since, 900, 'one went through');
  cycle(2);
  assert.is(status.failingWrites, null);
  cycle(0, false, 2);
  bus.emit('rollback:started', { by: 'x', reason: '', scope: null, at: 1 });
  assert.is(status.failingWrites, null, 'nothing is set any more');
});

test('progress is a cycle that ends, and a change of the service or the link', () => {
  const { bus, status, clock, cycle } = makeRig();
  const change = (machine: 'service' | 'link' | 'cycle') =>
    bus.emit('state:changed', { machine, from: null, to: 'x', at: -5 });
  assert.is(status.progressAt, null);
  for (const [at, act] of [
    [10, () => cycle(0)],
    [20, () => change('link')],
    [30, () => change('service')],
  ] as const) {
    clock.at = at;
    act();
    assert.is(status.progressAt, at);
  }
  clock.at = 40;
  change('cycle');
  assert.is(status.progressAt, 30);
});

test('a journal problem lasts until the journal recovers, a refused config until one is taken', () => {
  const { bus, status } = makeRig();
  bus.emit('journal:failed', { problem: 'full', at: 1 });
  bus.emit('config:refused', { issues: ['a', 'b'], at: 1 });
  assert.is(status.journalProblem, 'full');
  assert.equal(status.configProblems, ['a', 'b']);
  bus.emit('journal:recovered', { at: 2 });
  bus.emit('config:reloaded', { restartNeeded: [], at: 2 });
  assert.is(status.journalProblem, null);
  assert.equal(status.configProblems, []);
});

test('the last 50 events are kept, newest first; the ones that repeat without news are not', () => {
  const { bus, status, cycle } = makeRig();
  cycle(0);
  bus.emit('timer:control', { at: 1 });
  bus.emit('state:changed', { machine: 'cycle', from: 'idle', to: 'observing', at: 1 });
  assert.is(status.lastEvents.length, 0);
  cycle(2);
  for (let n = 0; n < 60; n += 1) bus.emit('cycle:failed', { problem: `problem ${n}`, at: n });
  assert.is(status.lastEvents.length, 50);
  assert.equal(status.lastEvents[0], {
    at: new Date(59).toISOString(),
    event: 'cycle:failed',
    problem: 'problem 59',
  });
});

test('what a webhook told does not take the place of the name of the event', () => {
  const { bus, status } = makeRig();
  bus.emit('webhook:received', { event: 'add', hash: 'ab', at: 5 });
  assert.equal(status.lastEvents, [
    { at: new Date(5).toISOString(), event: 'webhook:received', told: 'add', hash: 'ab' },
  ]);
});

test('knows since when each machine is in its state; stopped, it learns nothing more', () => {
  const { bus, status } = makeRig();
  assert.is(status.since('link'), null);
  bus.emit('state:changed', { machine: 'link', from: null, to: 'connecting', at: 7 });
  assert.is(status.since('link'), 7);
  status.stop();
  bus.emit('state:changed', { machine: 'link', from: 'connecting', to: 'online', at: 8 });
  assert.is(status.since('link'), 7);
});

test.run();
