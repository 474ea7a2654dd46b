import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LimitedTorrent } from '../../../src/control/cap-cause.ts';
import type { TrackerReport } from '../../../src/control/types.ts';
import { type CauseInput, capAlarm, capExceededCause } from '../../../src/service/measures/cap-alarm.ts';
import { usageOf } from '../../support/readings.ts';

const MIB = 1024 * 1024;
const test = suite('the reason for which a cap is exceeded');

const HELD = { capBps: MIB, outsideBps: 2 * MIB, outsideRolloutBps: 0, managed: 9, cannotHold: null };

function torrent(rateMib: number, limitMib: number, shownMib = limitMib): LimitedTorrent {
  return { held: true, limitBps: limitMib * MIB, shownBps: shownMib * MIB, usage: usageOf(rateMib * MIB) };
}

function cause(input: Partial<CauseInput>, report: Partial<TrackerReport> = {}): string {
  return capExceededCause({
    report: { ...HELD, ...report } as TrackerReport,
    torrents: [],
    changesFromOutside: 0,
    failedWrites: null,
    idleGuard: 'all',
    ...input,
  });
}

test('what cannot be limited comes first', () => {
  const input = { torrents: [torrent(5, 1)], failedWrites: 'status 500' };
  assert.match(
    cause(input, { cannotHold: 'max-managed' }),
    /beyond max_managed_torrents .*; raise max_managed/,
  );
  assert.is(cause(input), 'calls that set limits fail: status 500');
});

test('torrents that exceed limits which qBittorrent shows are not blamed on other programs', () => {
  const one = cause({ torrents: [torrent(5, 1)], changesFromOutside: 50 });
  assert.is(
    one,
    '1 torrent uploads more than its limit, which qBittorrent shows as set; restart qBittorrent, and run: qguardarr doctor',
  );
  const two = cause({ torrents: [torrent(5, 1), torrent(3, 1)] });
  assert.match(two, /^2 torrents upload more than their limits, which qBittorrent shows as set; restart/);
});

test('limits that change again and again are blamed on another program', () => {
  const torrents = [torrent(5, 1, 9)];
  assert.match(
    cause({ torrents, changesFromOutside: 3 }),
    /^3 limits were changed from outside .*; stop the other/,
  );
  assert.match(
    cause({ torrents, changesFromOutside: 2 }),
    /^1 torrent has a higher limit in qBittorrent than was/,
  );
});

test('with every torrent within its limit, standby limits are advised where there are not all, else doctor', () => {
  assert.match(
    cause({ idleGuard: 'off' }),
    /without a standby limit may have started to upload; set idle_guard: all/,
  );
  assert.match(cause({ idleGuard: 'recent' }), /set idle_guard: all/);
  assert.match(cause({}), /not known; run: qguardarr doctor/);
});

test('rate and cap are of the same minute, or of 10 s before a minute is known', () => {
  const tenSeconds = { bps: 3 * MIB, capBps: MIB };
  const figures = { tenSeconds, minute: { bps: 2 * MIB, capBps: 1.5 * MIB }, isOver: true, exceededSince: 0 };
  assert.is(
    capAlarm('t', figures, 'so it is').problem,
    'tracker "t" has exceeded its cap since 1970-01-01T00:00:00Z: 2.00 MiB/s over the last minute, the effective cap is 1.50 MiB/s; so it is',
  );
  assert.match(capAlarm('t', { ...figures, minute: null }, '').problem, /3\.00 MiB\/s over the last 10 s/);
});

test.run();
