import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { capProblem } from '../../src/control/cap-problem.ts';
import { MIB } from '../../src/control/units.ts';

const report = { capBps: MIB, outsideBps: 5 * MIB, outsideRolloutBps: 3 * MIB, managed: 2_000 };

test('a cap that can be held has no problem', () => {
  assert.is(capProblem({ ...report, cannotHold: null }), null);
});

test('what keeps a cap from holding is reported with its rate, and what helps', () => {
  const told = (cannotHold: 'rollout' | 'max-managed' | 'least-limit') =>
    capProblem({ ...report, cannotHold }) ?? '';
  assert.match(
    told('rollout'),
    /1\.00 MiB\/s can't be held: .*rollout or a rollback leaves out upload 3\.00 MiB\/s/,
  );
  assert.match(told('max-managed'), /beyond max_managed_torrents upload 2\.00 MiB\/s; raise max_managed/);
  assert.match(told('least-limit'), /2000 torrents can't be limited below 1 KiB\/s each; raise the cap/);
});

test.run();
