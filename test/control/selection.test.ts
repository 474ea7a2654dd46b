import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isActive, score, selectManaged } from '../../src/control/selection.ts';
import { type ControlSettings, EMPTY_MEMORY, type TorrentReading } from '../../src/control/types.ts';
import { KIB, MIB } from '../../src/control/units.ts';
import { NOW, readingOf, SETTINGS, trackerMemoryOf, usageOf } from '../support/readings.ts';

const DAY = 86_400_000;
const asleep: Partial<TorrentReading> = {
  leechersConnected: 0,
  leechersKnown: 0,
  lastActivityAt: NOW - 2 * DAY,
  addedAt: NOW - 9 * DAY,
};

function managed(
  fields: Partial<TorrentReading>,
  settings: Partial<ControlSettings> = {},
  activeAt: number | null = null,
): boolean {
  const memory =
    activeAt === null
      ? EMPTY_MEMORY
      : { ...EMPTY_MEMORY, trackers: new Map([['t', trackerMemoryOf({ a: { activeAt } })]]) };
  return selectManaged([readingOf('a', fields)], { ...SETTINGS, ...settings }, memory, NOW)[0] === true;
}

const cases: readonly (readonly [string, boolean, Partial<TorrentReading>, Partial<ControlSettings>?])[] = [
  ['uploads', true, { ...asleep, usage: usageOf(MIB) }],
  ['uploads, but is not in rollout', false, { usage: usageOf(MIB), inRollout: false }],
  ['is idle with a leecher connected', true, { ...asleep, leechersConnected: 1 }],
  ['is idle with leechers known to its tracker', true, { ...asleep, leechersKnown: 3 }],
  ['was active within a day', true, { ...asleep, lastActivityAt: NOW - DAY / 2 }],
  ['was added within a day', true, { ...asleep, addedAt: NOW - DAY / 2 }],
  ['has long been idle', false, asleep],
  ['has long been idle, when all are guarded', true, asleep, { idleGuard: 'all' }],
  ['is idle with leechers, when none is guarded', false, { leechersConnected: 5 }, { idleGuard: 'off' }],
  ['is paused', false, { canUpload: false }],
];

for (const [what, expected, fields, settings] of cases) {
  test(`a torrent that ${what} is ${expected ? '' : 'not '}managed`, () => {
    assert.is(managed(fields, settings), expected);
  });
}

test('a held torrent that fell idle stays until cache_ttl_seconds have passed', () => {
  const held = { ...asleep, held: true, limitBps: 50_000 };
  assert.ok(managed(held, {}, NOW - SETTINGS.idleReleaseMs + 1));
  assert.not(managed(held, {}, NOW - SETTINGS.idleReleaseMs));
});

test('with auto_unlimit_on_inactive it is released within seconds, leechers or not', () => {
  const held = { held: true, limitBps: 50_000, leechersConnected: 4 };
  assert.ok(managed(held, { autoUnlimitOnInactive: true }, NOW - 5_000));
  assert.not(managed(held, { autoUnlimitOnInactive: true }, NOW - 20_000));
});

test('a torrent that fills a limit smaller than the noise threshold is active', () => {
  assert.ok(isActive(readingOf('a', { held: true, limitBps: 5 * KIB, usage: usageOf(5 * KIB) }), SETTINGS));
  assert.not(isActive(readingOf('a', { held: true, limitBps: 50 * KIB, usage: usageOf(5 * KIB) }), SETTINGS));
});

test('when there are more than max_managed_torrents, the most active are managed', () => {
  const list = Array.from({ length: 10 }, (_, index) =>
    readingOf(`t${index}`, { usage: usageOf(index * 100 * KIB), leechersConnected: index }),
  );
  const chosen = selectManaged(list, { ...SETTINGS, maxManagedTorrents: 3 }, EMPTY_MEMORY, NOW);
  assert.equal(
    list.filter((_, index) => chosen[index]).map(({ key }) => key),
    ['t7', 't8', 't9'],
  );
});

test('of two alike the one that is held already is kept', () => {
  const list = [readingOf('a'), readingOf('b', { held: true, limitBps: 50_000 })];
  const chosen = selectManaged(list, { ...SETTINGS, maxManagedTorrents: 1 }, EMPTY_MEMORY, NOW);
  assert.equal(chosen, [false, true]);
});

test('a score is between 0 and 1', () => {
  assert.is(score(readingOf('a', { usage: usageOf(9 * MIB), leechersConnected: 99 }), NOW), 1);
  assert.is(score(readingOf('a', { ...asleep }), NOW), 0);
});

test.run();
