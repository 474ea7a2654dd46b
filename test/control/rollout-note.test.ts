import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  isUnwelcome,
  ROLLOUT_CHANGES,
  type RolloutNote,
  rolloutLine,
} from '../../src/control/rollout-note.ts';

const test = suite('what is said of a rollout');
const NOTE: RolloutNote = { what: 'started', percentage: 25, step: 2, steps: 4, problem: 'too slow', at: 0 };

test('each change is a line of its own, with where the plan is or what it ended at', () => {
  const lines = ROLLOUT_CHANGES.map((what) => rolloutLine({ ...NOTE, what }));
  assert.is(new Set(lines).size, ROLLOUT_CHANGES.length);
  for (const line of lines) assert.match(line, /step 2 of 4, 25 %|25 %|too slow/);
});

test('without a plan there is no step to tell', () => {
  assert.not.match(rolloutLine({ ...NOTE, what: 'percentage-set', step: null, steps: null }), /step/);
});

test('a shut gate and a rollback are unwelcome, and say why', () => {
  const unwelcome = ROLLOUT_CHANGES.filter((what) => isUnwelcome({ what }));
  assert.equal(unwelcome, ['gate-shut', 'rolled-back']);
  for (const what of unwelcome) assert.match(rolloutLine({ ...NOTE, what }), /too slow/);
});

test.run();
