import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createBus } from '../../../src/bus.ts';
import type { CycleSummary, Events } from '../../../src/events.ts';
import { Status } from '../../../src/service/reports/status.ts';

const test = suite('status');

function makeRig() {
  const bus = createBus((_name, error) => {
    throw error;
  });
  const status = new Status();
  status.start(bus);
  const cycle = (changed: number, dryRun = false) =>
    bus.emit('cycle:finished', { cycle: 1, changed, calls: 2, dryRun, at: 5 } as CycleSummary);
  return { bus, status, cycle };
}

test('counts cycles, errors, and limits really set', () => {
  const { bus, status, cycle } = makeRig();
  cycle(3);
  cycle(4, true);
  bus.emit('cycle:failed', { problem: 'x', at: 1 });
  bus.emit('limits:failed', { call: { changes: [] }, at: 1 } as unknown as Events['limits:failed']);
  assert.equal([status.cycles, status.limitsApplied, status.errors], [2, 3, 2]);
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
