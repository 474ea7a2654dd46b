import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isActive, type Role, rolesOf, score } from '../../src/control/selection.ts';
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

function role(
  fields: Partial<TorrentReading>,
  settings: Partial<ControlSettings> = {},
  activeAt: number | null = null,
): Role | undefined {
  const memory =
    activeAt === null
      ? EMPTY_MEMORY
      : { ...EMPTY_MEMORY, trackers: new Map([['t', trackerMemoryOf({ a: { activeAt } })]]) };
  return rolesOf([readingOf('a', fields)], { ...SETTINGS, ...settings }, memory, NOW)[0];
}

const cases: readonly (readonly [string, Role, Partial<TorrentReading>, Partial<ControlSettings>?])[] = [
  ['uploads', 'managed', { ...asleep, usage: usageOf(MIB) }],
  ['uploads a little, and may want more', 'managed', { usage: usageOf(KIB) }],
  ['uploads, but is not in rollout', 'outside', { usage: usageOf(MIB), inRollout: false }],
  ['is idle with a leecher connected', 'standby', { ...asleep, leechersConnected: 1 }],
  ['is idle with leechers known to its tracker', 'standby', { ...asleep, leechersKnown: 3 }],
  ['was active within a day', 'standby', { ...asleep, lastActivityAt: NOW - DAY / 2 }],
  ['was added within a day', 'standby', { ...asleep, addedAt: NOW - DAY / 2 }],
  ['has long been idle', 'outside', asleep],
  ['has long been idle, when all hold standby limits', 'standby', asleep, { idleGuard: 'all' }],
  ['is idle with leechers, when none holds one', 'outside', { leechersConnected: 5 }, { idleGuard: 'off' }],
  ['is idle, where idle ones are released', 'outside', {}, { autoUnlimitOnInactive: true }],
  ['is out of touch with its tracker', 'standby', { ...asleep, announces: false }],
  ['is out of touch, when none holds one', 'outside', { announces: false }, { idleGuard: 'off' }],
];

for (const [what, expected, fields, settings] of cases) {
  test(`a torrent that ${what} is ${expected}`, () => {
    assert.is(role(fields, settings), expected);
  });
}

test('a held torrent that fell idle stays until cache_ttl_seconds have passed', () => {
  const held = { ...asleep, held: true, limitBps: 50_000 };
  assert.is(role(held, {}, NOW - SETTINGS.idleReleaseMs + 1), 'standby');
  assert.is(role(held, {}, NOW - SETTINGS.idleReleaseMs), 'outside');
});

test('with auto_unlimit_on_inactive it is released within seconds, leechers or not', () => {
  const held = { held: true, limitBps: 50_000, leechersConnected: 4 };
  assert.is(role(held, { autoUnlimitOnInactive: true }, NOW - 5_000), 'standby');
  assert.is(role(held, { autoUnlimitOnInactive: true }, NOW - 20_000), 'outside');
});

test('a torrent that fills a limit smaller than the noise threshold is active', () => {
  assert.ok(isActive(readingOf('a', { held: true, limitBps: 5 * KIB, usage: usageOf(5 * KIB) }), SETTINGS));
  assert.not(isActive(readingOf('a', { held: true, limitBps: 50 * KIB, usage: usageOf(5 * KIB) }), SETTINGS));
});

test('when more upload than max_managed_torrents, the busiest are managed and the others held at a standby limit', () => {
  const list = Array.from({ length: 10 }, (_, index) =>
    readingOf(`t${index}`, { usage: usageOf(index * 100 * KIB), leechersConnected: index }),
  );
  const rolesWith = (settings: Partial<ControlSettings>) => {
    const roles = rolesOf(list, { ...SETTINGS, maxManagedTorrents: 3, ...settings }, EMPTY_MEMORY, NOW);
    const having = (wanted: Role) => list.filter((_, index) => roles[index] === wanted).map(({ key }) => key);
    return { managed: having('managed'), standby: having('standby'), excess: having('excess').length };
  };
  assert.equal(rolesWith({}), { managed: ['t7', 't8', 't9'], standby: ['t0'], excess: 6 });
  assert.is(rolesWith({ idleGuard: 'off' }).excess, 0, 'without standby limits they are outside');
});

test('idle torrents take no place of those that upload', () => {
  const idle = Array.from({ length: 20 }, (_, index) => readingOf(`idle ${index}`, { leechersConnected: 9 }));
  const list = [...idle, readingOf('busy', { usage: usageOf(50 * KIB) })];
  const roles = rolesOf(list, { ...SETTINGS, maxManagedTorrents: 1 }, EMPTY_MEMORY, NOW);
  assert.equal(roles, [...idle.map(() => 'standby'), 'managed']);
});

test('of two alike the one that is held already is kept', () => {
  const usage = usageOf(50 * KIB);
  const list = [readingOf('a', { usage }), readingOf('b', { usage, held: true, limitBps: 500_000 })];
  const roles = rolesOf(list, { ...SETTINGS, maxManagedTorrents: 1 }, EMPTY_MEMORY, NOW);
  assert.equal(roles, ['excess', 'managed']);
});

test('a score is between 0 and 1', () => {
  assert.is(score(readingOf('a', { usage: usageOf(9 * MIB), leechersConnected: 99 }), NOW), 1);
  assert.is(score(readingOf('a', { ...asleep }), NOW), 0);
});

test.run();
