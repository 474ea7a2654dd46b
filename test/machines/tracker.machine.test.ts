import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createActor, transition } from 'xstate';
import { createTestModel } from 'xstate/graph';
import {
  type TrackerEvent,
  type TrackerObservation,
  trackerMachine,
} from '../../machines/tracker.machine.ts';
import { eventTypes, Microsteps, stateNames, transitionNames } from '../support/machine-graph.ts';

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

test('every observation in every state leads where the machine says; no state or transition is left out', async () => {
  const events = cases.map(([, fields]): TrackerEvent => ({ type: 'OBSERVED', ...calm, ...fields }));
  const model = createTestModel(trackerMachine, {
    input: { id: 't' },
    events,
    // What it was told last makes no difference to where it goes.
    serializeState: ({ value }) => JSON.stringify(value),
  });
  const reached = new Set<string>();
  const taken = new Set<string>();
  for (const path of model.getShortestPaths({ allowDuplicatePaths: true })) {
    for (const event of events) {
      const steps = new Microsteps();
      const actor = createActor(trackerMachine, { input: { id: 't' }, inspect: steps.inspect }).start();
      await path.test({
        events: { OBSERVED: ({ event: next }) => actor.send(next as TrackerEvent) },
        states: { '*': ({ value }) => assert.is(actor.getSnapshot().value, value) },
      });
      actor.send(event);
      assert.is(actor.getSnapshot().value, transition(trackerMachine, path.state, event)[0].value);
      assert.equal(steps.droppedSince(0), []);
      reached.add(path.state.value);
      for (const { transitions } of steps.taken) for (const name of transitions) taken.add(name);
      actor.stop();
    }
  }
  assert.equal([...reached].sort(), stateNames(trackerMachine).sort());
  assert.equal([...taken].sort(), transitionNames(trackerMachine).sort());
  assert.equal([...new Set(events.map(({ type }) => type))], eventTypes(trackerMachine));
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
