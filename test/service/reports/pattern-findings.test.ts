import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileMatcher } from '../../../src/control/matching.ts';
import { diagnosePatterns } from '../../../src/service/reports/pattern-findings.ts';

const test = suite('findings on patterns');
const ALPHA = 'https://tracker.alpha.example/passkey0123456789abcdef/announce';
const BETA = 'udp://beta.example:6969/announce';
const PUBLIC = 'udp://open.example:1337/announce';

function problems(patterns: Readonly<Record<string, string>>, ...torrents: string[][]): string[] {
  const matcher = compileMatcher(Object.entries(patterns).map(([id, pattern]) => ({ id, pattern })));
  return diagnosePatterns(torrents, matcher).map(({ problem, advice }) => `${problem}. ${advice}`);
}

test('patterns that each get their torrents have nothing, the catch-all least of all', () => {
  const patterns = { alpha: 'alpha', beta: 'beta', default: '.*' };
  assert.equal(problems(patterns, [ALPHA], [BETA], [PUBLIC]), []);
  assert.equal(problems(patterns, [ALPHA], []), []);
});

test('a pattern that an earlier one leaves nothing to is named, with what to move', () => {
  const told = problems({ wide: 'example', alpha: 'alpha', default: '.*' }, [ALPHA], [ALPHA], [BETA]);
  assert.is(told.length, 1);
  assert.match(
    told[0] ?? '',
    /"alpha" matches 2 torrents, but "wide" stands before it and takes all of them\. put "alpha" above "wide"/,
  );
});

test('one that still gets some torrents is not shadowed', () => {
  assert.equal(problems({ first: 'tracker', alpha: 'example', default: '.*' }, [ALPHA], [BETA]), []);
});

test('torrents of several configured trackers are counted; a public one beside is none', () => {
  const patterns = { alpha: 'alpha', beta: 'beta', default: '.*' };
  assert.equal(problems(patterns, [ALPHA, PUBLIC]), []);
  const [told = '', ...others] = problems(patterns, [ALPHA, BETA], [BETA, ALPHA], [PUBLIC]);
  assert.match(told, /^2 torrents have announce URLs of several trackers \(such as "alpha" and "beta"\)/);
  assert.equal(others, []);
});

test('no passkey is in a finding', () => {
  const told = problems({ wide: 'example', alpha: 'alpha', default: '.*' }, [ALPHA, BETA]).join();
  assert.not.match(told, /passkey/);
});

test.run();
