import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createBus } from '../../src/bus.ts';
import { Timers } from '../../src/service/timers.ts';
import { withFakeTimers } from '../support/fake-timers.ts';
import { HandClock } from '../support/hand-clock.ts';

const test = suite('timers');

test('each beats at its interval; started anew it takes the new ones, stopped it is still', () => {
  withFakeTimers((clock) => {
    const bus = createBus(() => undefined);
    const beats = { control: 0, reconcile: 0 };
    bus.on('timer:control', () => {
      beats.control += 1;
    });
    bus.on('timer:reconcile', () => {
      beats.reconcile += 1;
    });
    const timers = new Timers(bus, new HandClock());
    timers.start({ control_interval: 2, update_interval: 10 });
    clock.pass(10_000);
    assert.equal(beats, { control: 5, reconcile: 1 });
    timers.start({ control_interval: 1, update_interval: 10 });
    clock.pass(10_000);
    assert.equal(beats, { control: 15, reconcile: 2 });
    timers.stop();
    assert.is(clock.pending, 0);
  });
});

test('a config that is saved again and again puts no beat off', () => {
  withFakeTimers((clock) => {
    const bus = createBus(() => undefined);
    let reconciled = 0;
    bus.on('timer:reconcile', () => {
      reconciled += 1;
    });
    const timers = new Timers(bus, new HandClock());
    for (let saved = 0; saved < 20; saved += 1) {
      timers.start({ control_interval: 2, update_interval: 300 });
      clock.pass(180_000);
    }
    assert.is(reconciled, 12);
    timers.stop();
  });
});

test.run();
