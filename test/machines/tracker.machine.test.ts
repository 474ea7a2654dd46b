import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createActor } from 'xstate';
import { type TrackerObservation, trackerMachine } from '../../machines/tracker.machine.ts';

const calm: TrackerObservation = {
  usageBps: 100,
  capBps: 1_000,
  effectiveCapBps: 1_000,
  borrowedBps: 0,
  lentBps: 0,
  wantBps: 100,
  pressingRatio: 0.9,
};

const cases: readonly (readonly [string, Partial<TrackerObservation>, string])[] = [
  ['uses a part of its cap', {}, 'within'],
  ['uses 90 % of its cap', { usageBps: 900 }, 'pressing'],
  ['is just below the threshold', { usageBps: 899 }, 'within'],
  ['has no cap', { capBps: null, effectiveCapBps: null, usageBps: 1e9 }, 'unlimited'],
  ['has borrowed, though it presses too', { usageBps: 1_100, borrowedBps: 200 }, 'borrowing'],
  ['has lent', { lentBps: 300 }, 'lending'],
];

for (const [what, fields, state] of cases) {
  test(`a tracker that ${what} is ${state}`, () => {
    const actor = createActor(trackerMachine, { input: { id: 't' } }).start();
    actor.send({ type: 'OBSERVED', ...calm, ...fields });
    assert.is(actor.getSnapshot().value, state);
    actor.stop();
  });
}

test('from every state it goes to the one that the next observation calls for', () => {
  const actor = createActor(trackerMachine, { input: { id: 't' } }).start();
  for (const [, first] of cases) {
    for (const [what, second, state] of cases) {
      actor.send({ type: 'OBSERVED', ...calm, ...first });
      actor.send({ type: 'OBSERVED', ...calm, ...second });
      assert.is(actor.getSnapshot().value, state, what);
    }
  }
  actor.stop();
});

test('it keeps what it was last told and who it is', () => {
  const actor = createActor(trackerMachine, { input: { id: 'alpha' } }).start();
  actor.send({ type: 'OBSERVED', ...calm, usageBps: 321 });
  const { context } = actor.getSnapshot();
  assert.is(context.id, 'alpha');
  assert.is(context.usageBps, 321);
  assert.not('type' in context);
  actor.stop();
});

test.run();
