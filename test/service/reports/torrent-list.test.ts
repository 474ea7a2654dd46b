import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UNLIMITED } from '../../../src/control/units.ts';
import type { TorrentQuery } from '../../../src/service/live-types.ts';
import { type TorrentListParts, torrentPage } from '../../../src/service/reports/torrent-list.ts';
import { NOW, readingOf, SETTINGS, usageOf } from '../../support/readings.ts';
import { hashOf, torrentShowing } from '../../support/torrents.ts';

const ALL: TorrentQuery = {
  search: '',
  tracker: null,
  show: 'all',
  sort: 'name',
  order: 'asc',
  offset: 0,
  limit: 100,
};

/** Torrent n uploads n KiB/s; odd ones are of 't', even ones of 'free', every fifth of no known tracker. */
function partsOf(count: number, fields: Parameters<typeof readingOf>[1] = {}): TorrentListParts {
  const torrents = Array.from({ length: count }, (_, n) => ({
    ...torrentShowing(n, 0),
    name: `Torrent ${String(count - n).padStart(6, '0')}`,
  }));
  const numbers = new Map(torrents.map((torrent, n) => [torrent.key, n]));
  const numberOf = (key: string) => numbers.get(key) ?? -1;
  const { trackers } = SETTINGS;
  return {
    torrents,
    idSearch: (text) => (id) => id.includes(text),
    now: NOW,
    settings: { ...SETTINGS, trackers: [...trackers, { id: 'free', capBps: UNLIMITED, priority: 1 }] },
    trackerOf: ({ key }) => (numberOf(key) % 5 === 0 ? null : numberOf(key) % 2 === 1 ? 't' : 'free'),
    readingOf: ({ key }, trackerId) =>
      readingOf(key, {
        trackerId,
        usage: usageOf(numberOf(key) * 1024),
        held: trackerId === 't',
        limitBps: trackerId === 't' ? numberOf(key) * 2048 : UNLIMITED,
        ...fields,
      }),
    reasonOf: ({ key }) => (numberOf(key) % 3 === 0 ? { reason: 'level', at: NOW } : undefined),
  };
}

const namesOf = (query: Partial<TorrentQuery>, count = 10) =>
  torrentPage({ ...ALL, ...query }, partsOf(count)).items.map(({ hash }) => Number.parseInt(hash, 16));

test('a row says what a torrent uses, may use, had before, and why', () => {
  const { total, items } = torrentPage({ ...ALL, search: hashOf(3) }, partsOf(10, { ownLimitBps: 9999 }));
  assert.is(total, 1);
  assert.equal(items[0], {
    hash: hashOf(3),
    name: 'Torrent 000007',
    state: 'uploading',
    leechers: 0,
    tracker: 't',
    usage_bps: 3072,
    limit_bps: 6144,
    original_bps: 9999,
    managed: true,
    reason: 'level',
    changed_at: new Date(NOW).toISOString(),
  });
});

test('a torrent that is left alone says why', () => {
  const reasonOf = (n: number, fields: Parameters<typeof readingOf>[1] = {}) =>
    torrentPage({ ...ALL, search: hashOf(n) }, partsOf(10, fields)).items[0]?.reason;
  assert.is(reasonOf(1), 'set in an earlier run');
  assert.is(reasonOf(5, { held: false }), 'left alone: its tracker is unknown');
  assert.is(reasonOf(2), 'left alone: its tracker has no cap');
  assert.is(reasonOf(1, { held: false }), 'waits for its standby limit');
  assert.is(reasonOf(1, { held: false, ownLimitBps: 5000 }), 'left alone: its own limit will do');
  assert.is(reasonOf(1, { held: false, inRollout: false }), 'left alone: outside the rollout');
  assert.is(reasonOf(1, { held: false, announces: false }), 'waits for its standby limit');
  const long = { held: false, leechersConnected: 0, leechersKnown: 0, lastActivityAt: 0, addedAt: 0 };
  assert.is(reasonOf(1, long), 'left alone: idle');
  const busy = usageOf(1e6);
  assert.is(reasonOf(1, { ...long, usage: busy }), 'left alone: beyond max_managed_torrents');
});

test('search is by name or info-hash in any case, filters are by tracker and by kind', () => {
  assert.equal(namesOf({ search: ' TORRENT 000010' }), [0]);
  assert.equal(namesOf({ search: 'no such' }), []);
  assert.equal(namesOf({ tracker: 't', sort: 'usage' }), [1, 3, 7, 9]);
  assert.equal(namesOf({ tracker: '', sort: 'usage' }), [0, 5]);
  assert.equal(namesOf({ show: 'managed', sort: 'usage' }), [1, 3, 7, 9]);
  assert.equal(namesOf({ show: 'active', sort: 'usage' }, 13), [11, 12]);
  assert.equal(namesOf({ show: 'own-limit' }), []);
});

test('every column sorts both ways, unlimited counts as most', () => {
  assert.equal(namesOf({ sort: 'usage', order: 'desc', limit: 3 }), [9, 8, 7]);
  assert.equal(namesOf({ sort: 'name', limit: 3 }), [9, 8, 7]);
  assert.equal(namesOf({ sort: 'limit', limit: 3 }), [1, 3, 7]);
  assert.equal(namesOf({ sort: 'limit', order: 'desc', limit: 2 }), [0, 2]);
  assert.equal(namesOf({ sort: 'tracker', limit: 3 }), [0, 5, 2]);
  assert.equal(namesOf({ sort: 'reason', limit: 1 }), [2]);
  assert.equal(namesOf({ sort: 'original', limit: 2 }), [0, 1]);
});

test('pages neither overlap nor miss a torrent, also among equals', () => {
  const seen = [0, 1, 2, 3].flatMap((page) => namesOf({ sort: 'original', offset: page * 3, limit: 3 }));
  assert.equal(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(namesOf({ offset: 100 }), []);
  assert.is(torrentPage({ ...ALL, limit: 2 }, partsOf(10)).total, 10);
});

test.run();
