import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { serviceMachine } from '../../machines/service.machine.ts';
import { describeEvent } from '../../src/web/parts/event-words.ts';
import {
  CYCLE,
  type DrawnRegion,
  drawnName,
  LIFECYCLE,
  LINK,
  lifecycleTone,
  linkTone,
} from '../../src/web/parts/machine-regions.ts';

const AT = '2026-01-01T00:00:00.000Z';

test('the machine is drawn with exactly the states that it has', () => {
  const regions: Readonly<Record<string, DrawnRegion>> = { lifecycle: LIFECYCLE, link: LINK, cycle: CYCLE };
  const { states } = serviceMachine;
  assert.equal(Object.keys(states).sort(), Object.keys(regions).sort());
  for (const [key, region] of Object.entries(regions)) {
    const real = Object.keys(states[key as keyof typeof states]?.states ?? {});
    assert.equal(region.states.map(({ name }) => name).sort(), real.sort(), key);
  }
});

test('what is drawn lies within its picture', () => {
  for (const { title, width, height, stateWidth, states } of [LIFECYCLE, LINK, CYCLE]) {
    for (const { x, y } of states) {
      assert.ok(x >= 1 && x + stateWidth < width, title);
      assert.ok(y >= 1 && y + 34 < height, title);
    }
  }
});

test('a state within a state lights the outer one, with its colour', () => {
  assert.equal(drawnName('rollingOut.held'), { name: 'rollingOut', below: 'held' });
  assert.is(lifecycleTone('rollingBack.restoring'), 'warn');
  assert.is(linkTone('offline.waiting'), 'bad');
  assert.is(linkTone('unheard of'), 'plain');
});

test('events are put in words, and unknown ones by their name', () => {
  const tell = (event: string, fields: Record<string, unknown> = {}) =>
    describeEvent({ at: AT, event, ...fields });
  assert.is(tell('cycle:finished', { cycle: 3, changed: 1 }), 'cycle 3: 1 limit changed');
  assert.is(tell('state:changed', { machine: 'tracker:a', to: 'pressing' }), 'a: pressing');
  assert.is(
    tell('limit:changed-by-user', { infoHash: 'abcdef0123', toWire: 0 }),
    'a limit was set by hand: unlimited on abcdef01…',
  );
  assert.is(
    tell('limits:failed', { tracker: 'a', limit: 2048, problem: 'it said no' }),
    'a: 2.0 KiB/s was refused: it said no',
  );
  assert.is(
    tell('config:refused', { issues: ['trackers: missing'] }),
    'the config was refused: trackers: missing',
  );
  assert.is(tell('alarm:raised', { kind: 'loop_slow', problem: 'cycles are late' }), 'cycles are late');
  assert.is(tell('alarm:cleared', { kind: 'loop_slow', message: 'on time again' }), 'on time again');
  assert.is(tell('something:new'), 'something:new');
});

test.run();
