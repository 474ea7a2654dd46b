import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { transition } from 'xstate';
import { serviceMachine } from '../../machines/service.machine.ts';
import type { ServiceInput } from '../../machines/service.types.ts';
import { eventTypes, Microsteps, stateNames, statesIn, transitionNames } from '../support/machine-graph.ts';
import { MachineRig } from '../support/machine-rig.ts';
import {
  eventsIn,
  fingerprint,
  type ModelEvent,
  reachableStates,
  SENT_EVENTS,
  toMachineEvent,
} from './service.model.ts';

/** The running machine after such a start and these events, with effects that end when the model says so. */
async function walk(start: ServiceInput, path: readonly ModelEvent[]) {
  const steps = new Microsteps();
  const rig = new MachineRig(start, steps.inspect);
  const go = async (event: ModelEvent): Promise<void> => {
    if (event.kind === 'done') await rig.end(event.effect, event.outcome);
    else if (event.kind === 'failed') await rig.fail(event.effect, new Error('broke'));
    else rig.actor.send(toMachineEvent(event));
  };
  for (const event of path) await go(event);
  return { rig, steps, go };
}

const states = reachableStates();
const reached = new Set<string>();
const taken = new Set<string>();
const sent = new Set<string>();

test(`every event in each of ${states.length} states does what the machine says, and is counted if nothing wants it`, async () => {
  for (const { start, snapshot, path } of states) {
    for (const event of eventsIn(snapshot)) {
      const { rig, steps, go } = await walk(start, path);
      assert.is(fingerprint(rig.actor.getSnapshot()), fingerprint(snapshot));
      const before = { dropped: rig.context.dropped, steps: steps.taken.length };
      await go(event);
      const where = `${JSON.stringify(toMachineEvent(event))} in ${fingerprint(snapshot)}`;
      const [next] = transition(serviceMachine, snapshot, toMachineEvent(event));
      assert.is(fingerprint(rig.actor.getSnapshot()), fingerprint(next), where);
      const unwanted = steps.droppedSince(before.steps);
      assert.is(rig.context.dropped - before.dropped, unwanted.length, where);
      const last = unwanted.at(-1);
      if (last !== undefined) assert.is(rig.context.lastDropped, last.event, where);
      for (const state of [...statesIn(snapshot.value), ...statesIn(next.value)]) reached.add(state);
      for (const { transitions, event: type } of steps.taken) {
        sent.add(type);
        for (const name of transitions) taken.add(name);
      }
      rig.actor.stop();
    }
  }
});

test('no state and no transition of the machine is left out, and no event', () => {
  // Left as soon as it is entered, so that it shows in no state; its ways out are transitions like others.
  const passing = new Set(['lifecycle.rollingOut.passing']);
  assert.equal(
    stateNames(serviceMachine).filter((name) => !reached.has(name) && !passing.has(name)),
    [],
  );
  assert.equal(
    transitionNames(serviceMachine).filter((name) => !taken.has(name)),
    [],
  );
  assert.equal([...new Set(SENT_EVENTS.map(({ type }) => type))].sort(), eventTypes(serviceMachine));
  assert.equal(
    eventTypes(serviceMachine).filter((type) => !sent.has(type)),
    [],
  );
});

test('a rollback is taken in every state, and a cycle is under way in none that must have none', () => {
  for (const { snapshot } of states) {
    const { value, context } = snapshot;
    const { lifecycle, link, cycle } = value;
    const where = fingerprint(snapshot);
    const isRollingBack = typeof lifecycle === 'object' && 'rollingBack' in lifecycle;
    if (link === 'contested') assert.ok(cycle === 'idle' || cycle === 'observing', where);
    else if (isRollingBack || link !== 'online') assert.is(cycle, 'idle', where);
    if (context.openRollback !== null) assert.is.not(cycle, 'applying', where);
    const [next] = transition(serviceMachine, snapshot, { type: 'ROLLBACK', by: 'a user', reason: '' });
    assert.ok(typeof next.value.lifecycle === 'object' && 'rollingBack' in next.value.lifecycle, where);
    assert.is(next.value.cycle, 'idle', where);
    assert.is(next.context.openRollback, 'unfinished', where);
  }
});

test('only a resumption ends what a rollback has begun', () => {
  for (const { snapshot } of states.filter(({ snapshot: { context } }) => context.openRollback !== null)) {
    for (const event of eventsIn(snapshot).map(toMachineEvent)) {
      if (event.type === 'RESUME' && snapshot.value.lifecycle === 'rolledBack') continue;
      const [next] = transition(serviceMachine, snapshot, event);
      assert.is.not(next.context.openRollback, null, `${event.type} in ${fingerprint(snapshot)}`);
    }
  }
});

test.run();
