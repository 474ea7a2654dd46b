import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNLIMITED } from '../../../src/control/units.ts';
import type { Preferences } from '../../../src/qbittorrent/preferences.ts';
import { diagnosePreferences, diagnoseTorrents } from '../../../src/service/reports/diagnosis.ts';
import { configOf } from '../../support/configs.ts';
import { torrentShowing } from '../../support/torrents.ts';

const test = suite('diagnosis');
const config = await configOf();
const FINE = {
  limitLanPeers: true,
  limitUtp: true,
  uploadLimitBps: UNLIMITED,
  schedulerEnabled: false,
} as unknown as Preferences;

function problems(preferences: Partial<Preferences>): string[] {
  return diagnosePreferences({ ...FINE, ...preferences }, config).map(({ problem }) => problem);
}

test('settings that leave caps alone are not spoken of', () => {
  assert.equal(problems({}), []);
  assert.equal(problems({ uploadLimitBps: 1_048_576 }), [], 'as much as the caps together');
});

test('each setting that breaks caps or keeps them from being used is named', () => {
  assert.match(problems({ limitLanPeers: false }).join(), /local network/);
  assert.match(problems({ limitUtp: false }).join(), /uTP/);
  assert.match(problems({ uploadLimitBps: 1_048_575 }).join(), /below the caps together \(1.00 MiB\/s\)/);
  assert.match(problems({ schedulerEnabled: true }).join(), /by the clock/);
});

test('patterns without torrents, torrents without a tracker, and own limits are named', () => {
  const torrents = [torrentShowing(1, 0), torrentShowing(2, 5000), torrentShowing(3, 6000)];
  const trackerOf = (torrent: (typeof torrents)[number]) => (torrent === torrents[0] ? null : 'default');
  const found = diagnoseTorrents(torrents, trackerOf, (torrent) => torrent === torrents[1], config);
  assert.equal(
    found.map(({ problem }) => problem.slice(0, 40)),
    [
      'no torrent belongs to tracker "alpha"',
      '1 torrent has no announce URL that a pat',
      '1 torrent has an upload limit of its own',
    ],
  );
});

test('an empty qBittorrent is no fault of the patterns', () => {
  assert.equal(
    diagnoseTorrents(
      [],
      () => null,
      () => true,
      config,
    ),
    [],
  );
});

test.run();
