import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNTRIMMED } from '../../src/control/trim.ts';
import type { ControlMemory } from '../../src/control/types.ts';
import { PlanMemory } from '../../src/service/plan-memory.ts';
import { trackerMemoryOf } from '../support/readings.ts';

const test = suite("the plan's memory");

function learned(): ControlMemory {
  const alpha = trackerMemoryOf({ 'q:a': { demandBps: 1 } });
  const beta = trackerMemoryOf({ 'q:b': { demandBps: 1 } });
  return {
    trackers: new Map([
      ['alpha', { ...alpha, trim: { ...UNTRIMMED, factor: 0.95 } }],
      ['beta', { ...beta, trim: { ...UNTRIMMED, factor: 1.05 } }],
    ]),
    turn: 7,
  };
}

function knowing(): PlanMemory {
  const memory = new PlanMemory();
  memory.look();
  memory.keep(learned());
  return memory;
}

test('a tracker that is forgotten takes its torrents with it, and no others', () => {
  const memory = knowing();
  memory.forgetTracker('alpha');
  assert.equal([...memory.current.trackers.keys()], ['beta']);
  assert.equal(memory.current.trackers.get('beta')?.torrents.keys(), ['q:b']);
});

test('a cycle that looked before does not bring back what is forgotten; the next one learns again', () => {
  for (const memory of [knowing(), new PlanMemory()]) {
    memory.look();
    memory.forgetAll();
    memory.keep(learned());
    assert.is(memory.current.trackers.size, 0);
    memory.look();
    memory.keep(learned());
    assert.is(memory.current.trackers.size, 2);
  }
});

test.run();
