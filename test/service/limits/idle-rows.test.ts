import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileMatcher } from '../../../src/control/matching.ts';
import { ScopeSet } from '../../../src/control/torrent-scope.ts';
import { UNLIMITED } from '../../../src/control/units.ts';
import { TorrentTable } from '../../../src/qbittorrent/torrent-table.ts';
import { DryRunLimits } from '../../../src/service/limits/dry-run.ts';
import {
  DORMANT,
  type IdleBasis,
  IdleRows,
  NOT_IDLE,
  STANDBY,
} from '../../../src/service/limits/idle-rows.ts';
import { SETTINGS } from '../../support/readings.ts';
import { data, fields, full, ONE, TWO } from '../../support/sync-data.ts';

const test = suite('idle rows');

const trackers = [
  { id: 'one', capBps: 5000, priority: 1 },
  { id: 'two', capBps: 5000, priority: 1 },
];
const patterns = [
  { id: 'one', pattern: 'one' },
  { id: 'two', pattern: 'two' },
];
const LIMITS = { limitBps: 4000, ownLimitBps: UNLIMITED };

/** Three torrents under ONE: the first found dormant, the others to be under a standby limit. */
function makeRig() {
  const table = new TorrentTable('box');
  const torrents = { a: fields({ tracker: ONE }), b: fields(), c: fields() };
  table.apply(full(torrents, { trackers: { [ONE]: ['a', 'b', 'c'] } }));
  const idle = new IdleRows();
  const rowOf = (hash: string) => table.rowOf(`box:${hash}`) ?? -1;
  const settings = { ...SETTINGS, trackers };
  const basis = {
    matcher: compileMatcher(patterns),
    settings,
    released: new ScopeSet([]),
    dryRun: null as DryRunLimits | null,
  };
  const remembered = (change: Partial<IdleBasis> = {}) => {
    idle.prepare({ ...basis, rows: table.rows, ...change });
    return ['a', 'b', 'c'].map((hash) => idle.kindOf(rowOf(hash)));
  };
  assert.equal(remembered(), [NOT_IDLE, NOT_IDLE, NOT_IDLE], 'nothing is known at first');
  idle.foundDormant(rowOf('a'), 0);
  idle.foundStandby(rowOf('b'), 0, 2, LIMITS, true);
  idle.foundStandby(rowOf('c'), 1, 4, LIMITS, true);
  assert.equal(remembered(), [DORMANT, STANDBY, STANDBY]);
  return { table, torrents, idle, settings, rowOf, remembered };
}

test('what was found is remembered until something changes in the row', () => {
  const { table, remembered } = makeRig();
  table.apply(data({ torrents: { b: { num_leechs: 1 } } }));
  assert.equal(remembered(), [DORMANT, NOT_IDLE, STANDBY]);
  table.apply(data({ serverState: { queueing: true } }));
  assert.equal(remembered(), [DORMANT, NOT_IDLE, STANDBY]);
});

test('where, how urgently and under which limits is remembered with it', () => {
  const { idle, rowOf } = makeRig();
  const row = rowOf('c');
  assert.equal(
    [idle.placeOf(row), idle.urgencyOf(row), idle.limitOf(row), idle.ownLimitOf(row)],
    [1, 4, 4000, UNLIMITED],
  );
  assert.ok(idle.isStandby(row));
  assert.not(idle.isStandby(rowOf('a')));
});

test('a row whose limit is on its way counts in this look, and has to be found again in the next', () => {
  const { idle, rowOf, remembered } = makeRig();
  idle.foundStandby(rowOf('b'), 0, 2, LIMITS, false);
  assert.ok(idle.isStandby(rowOf('b')));
  assert.equal(remembered(), [DORMANT, NOT_IDLE, STANDBY]);
});

test('a torrent that comes under another announce URL, or leaves its own, has to be found again', () => {
  const { table, remembered } = makeRig();
  table.apply(data({ trackers: { [ONE]: ['a', 'b', 'c'], [TWO]: ['b'] } }));
  assert.equal(remembered(), [DORMANT, NOT_IDLE, STANDBY], 'nothing has changed for the others');
  table.apply(data({ trackers: { [ONE]: ['a', 'b'] } }));
  assert.equal(remembered(), [DORMANT, NOT_IDLE, NOT_IDLE]);
});

test('a torrent in the row of one that is gone has nothing of it', () => {
  const { table, idle, rowOf } = makeRig();
  const row = rowOf('c');
  table.apply(data({ removed: ['c'], torrents: { d: fields() } }));
  assert.is(rowOf('d'), row);
  assert.is(idle.kindOf(row), NOT_IDLE);
});

test('a torrent whose limit was written or restored is forgotten', () => {
  const { idle, rowOf, remembered } = makeRig();
  idle.forget(rowOf('b'));
  assert.equal(remembered(), [DORMANT, NOT_IDLE, STANDBY]);
});

test('another cap changes nothing: what a torrent is does not depend on it', () => {
  const { settings, remembered } = makeRig();
  const higher = trackers.map((tracker) => ({ ...tracker, capBps: 9000 }));
  assert.equal(remembered({ settings: { ...settings, trackers: higher } }), [DORMANT, STANDBY, STANDBY]);
});

const none = [NOT_IDLE, NOT_IDLE, NOT_IDLE];
const free = trackers.map((tracker) => ({ ...tracker, capBps: UNLIMITED }));
const settings = { ...SETTINGS, trackers };
const changes: readonly (readonly [string, Partial<IdleBasis>])[] = [
  ['other patterns', { matcher: compileMatcher(patterns) }],
  ['another order of trackers', { settings: { ...settings, trackers: [...trackers].reverse() } }],
  ['a cap that goes', { settings: { ...settings, trackers: free } }],
  ['another idle_guard', { settings: { ...settings, idleGuard: 'all' } }],
  ['another rollout', { settings: { ...settings, rolloutPercentage: 50 } }],
  ['auto_unlimit_on_inactive', { settings: { ...settings, autoUnlimitOnInactive: true } }],
  ['a rollback of a part', { released: new ScopeSet([{ kind: 'tracker', trackerId: 'one' }]) }],
  ['a dry run', { dryRun: new DryRunLimits('/nowhere') }],
];
for (const [what, change] of changes) {
  test(`with ${what} every row has to be found again`, () => {
    assert.equal(makeRig().remembered(change), none);
  });
}

test('with a full picture every row has to be found again', () => {
  const { table, torrents, remembered } = makeRig();
  table.apply(full(torrents, { trackers: { [ONE]: ['a', 'b', 'c'] } }));
  assert.equal(remembered(), none);
});

test.run();
