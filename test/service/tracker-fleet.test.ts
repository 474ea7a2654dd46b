import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TrackerReport } from '../../src/control/types.ts';
import { UNLIMITED } from '../../src/control/units.ts';
import { TrackerFleet } from '../../src/service/tracker-fleet.ts';

const test = suite('tracker fleet');

function report(id: string, fields: Partial<TrackerReport>): TrackerReport {
  return {
    id,
    capBps: 1000,
    effectiveCapBps: 1000,
    borrowedBps: 0,
    lentBps: 0,
    wantBps: 0,
    usageBps: 0,
    outsideBps: 0,
    levelBps: UNLIMITED,
    trim: 1,
    torrents: 1,
    managed: 1,
    standby: 0,
    standbyBps: 0,
    standbyWaiting: 0,
    excess: 0,
    active: 1,
    outsideRolloutBps: 0,
    cannotHold: null,
    ...fields,
  };
}

function makeFleet(...ids: string[]) {
  const told: string[] = [];
  const fleet = new TrackerFleet((id, from, to) => told.push(`${id}: ${from} -> ${to}`));
  const configure = (...wanted: string[]) =>
    fleet.configure(wanted.map((id) => ({ id, capBps: 1000, priority: 1 })));
  configure(...ids);
  return { fleet, told, configure };
}

test('each tracker begins within, and its changes of state are reported once', () => {
  const { fleet, told } = makeFleet('alpha');
  fleet.observe([report('alpha', { usageBps: 900 })], 0.9);
  fleet.observe([report('alpha', { usageBps: 950 })], 0.9);
  fleet.observe([report('alpha', { usageBps: 899 })], 0.9);
  fleet.observe([report('alpha', { effectiveCapBps: 1500, borrowedBps: 500 })], 0.9);
  fleet.observe([report('alpha', { capBps: UNLIMITED, effectiveCapBps: UNLIMITED })], 0.9);
  assert.equal(told, [
    'alpha: null -> within',
    'alpha: within -> pressing',
    'alpha: pressing -> within',
    'alpha: within -> borrowing',
    'alpha: borrowing -> unlimited',
  ]);
  fleet.stop();
});

test('snapshots hold only what serializes: unlimited is null', () => {
  const { fleet } = makeFleet('alpha');
  fleet.observe([report('alpha', { capBps: UNLIMITED, effectiveCapBps: UNLIMITED, usageBps: 5 })], 0.9);
  const shown = fleet.snapshots().get('alpha');
  assert.is(shown?.state, 'unlimited');
  assert.equal(JSON.parse(JSON.stringify(shown?.context)), shown?.context);
  assert.is(shown?.context.capBps, null);
  assert.is(shown?.context.borrowedBps, 0);
  fleet.stop();
});

test('a new config keeps the trackers that stay, begins new ones and ends those that are gone', () => {
  const { fleet, told, configure } = makeFleet('alpha', 'beta');
  fleet.observe([report('alpha', { usageBps: 999 })], 0.9);
  configure('alpha', 'gamma');
  assert.equal([...fleet.snapshots().keys()], ['alpha', 'gamma']);
  assert.is(fleet.snapshots().get('alpha')?.state, 'pressing');
  const before = told.length;
  fleet.observe([report('beta', { usageBps: 999 })], 0.9);
  assert.is(told.length, before, 'a tracker that is gone gets nothing');
  fleet.stop();
});

test.run();
