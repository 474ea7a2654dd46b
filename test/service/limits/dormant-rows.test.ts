import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileMatcher } from '../../../src/control/matching.ts';
import type { ControlSettings } from '../../../src/control/types.ts';
import { UNLIMITED } from '../../../src/control/units.ts';
import { TorrentTable } from '../../../src/qbittorrent/torrent-table.ts';
import { DormantRows } from '../../../src/service/limits/dormant-rows.ts';
import { SETTINGS } from '../../support/readings.ts';
import { data, fields, full, ONE, TWO } from '../../support/sync-data.ts';

const test = suite('dormant rows');

const trackers = [
  { id: 'one', capBps: 5000, priority: 1 },
  { id: 'two', capBps: 5000, priority: 1 },
];
const settings: ControlSettings = { ...SETTINGS, trackers, idleGuard: 'recent' };
const patterns = [
  { id: 'one', pattern: 'one' },
  { id: 'two', pattern: 'two' },
];

/** Three torrents under ONE, all found dormant. */
function makeRig() {
  const table = new TorrentTable('box');
  const torrents = { a: fields({ tracker: ONE }), b: fields(), c: fields() };
  table.apply(full(torrents, { trackers: { [ONE]: ['a', 'b', 'c'] } }));
  const matcher = compileMatcher(patterns);
  const dormant = new DormantRows();
  const remembered = (now = settings, patternsNow = matcher) => {
    dormant.prepare(table.rows, patternsNow, now);
    return ['a', 'b', 'c', 'd'].map((hash) => {
      const row = table.rowOf(`box:${hash}`);
      return row === undefined ? null : dormant.trackerOf(row);
    });
  };
  const find = () => {
    dormant.prepare(table.rows, matcher, settings);
    for (const [, row] of table.rows.columns.entries()) dormant.found(row, 0);
  };
  assert.equal(remembered(), [null, null, null, null], 'nothing is known at first');
  find();
  assert.equal(remembered(), [0, 0, 0, null]);
  return { table, torrents, dormant, remembered };
}

test('it is remembered until something is told of the torrent', () => {
  const { table, remembered } = makeRig();
  table.apply(data({ torrents: { b: { num_leechs: 1 } } }));
  assert.equal(remembered(), [0, null, 0, null]);
  table.apply(data({ serverState: { queueing: true } }));
  assert.equal(remembered(), [0, null, 0, null]);
});

test('one that comes under another announce URL, or leaves its own, has to be judged anew', () => {
  const { table, remembered } = makeRig();
  table.apply(data({ trackers: { [ONE]: ['a', 'b', 'c'], [TWO]: ['b'] } }));
  assert.equal(remembered(), [0, null, 0, null], 'told again, nothing has changed for the others');
  table.apply(data({ trackers: { [ONE]: ['a', 'b'] } }));
  assert.equal(remembered(), [0, null, null, null]);
});

test('a torrent in the row of one that is gone has nothing of it', () => {
  const { table, remembered } = makeRig();
  table.apply(data({ removed: ['c'], torrents: { d: fields() } }));
  assert.equal(remembered(), [0, 0, null, null]);
});

test('a torrent that is held is forgotten', () => {
  const { table, dormant, remembered } = makeRig();
  dormant.forget(table.rowOf('box:b') ?? -1);
  assert.equal(remembered(), [0, null, 0, null]);
});

test('with other patterns, trackers, guard, another picture or a cap that comes, all are judged anew', () => {
  const none = [null, null, null, null];
  assert.equal(makeRig().remembered({ ...settings }), [0, 0, 0, null], 'settings are made for each cycle');
  const higher = trackers.map((tracker) => ({ ...tracker, capBps: 9000 }));
  assert.equal(makeRig().remembered({ ...settings, trackers: higher }), [0, 0, 0, null], 'another cap');
  assert.equal(makeRig().remembered({ ...settings, idleGuard: 'all' }), none);
  assert.equal(makeRig().remembered({ ...settings, trackers: [...trackers].reverse() }), none);
  const free = trackers.map((tracker) => ({ ...tracker, capBps: UNLIMITED }));
  assert.equal(makeRig().remembered({ ...settings, trackers: free }), none);
  assert.equal(makeRig().remembered(settings, compileMatcher(patterns)), none);
  const { table, torrents, remembered } = makeRig();
  table.apply(full(torrents, { trackers: { [ONE]: ['a', 'b', 'c'] } }));
  assert.equal(remembered(), none);
});

test.run();
