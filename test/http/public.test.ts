import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PUBLIC_READS } from '../../src/config/access.ts';
import { routes } from '../../src/http/routes/index.ts';
import { withServer } from './support.ts';

const LAN = { Host: 'seedbox' };

test('what is public needs no key, and everything else still does', async () => {
  await withServer({ access: { publicReads: ['health', 'metrics'] } }, async ({ ask }) => {
    for (const path of ['/health', '/metrics', '/ping']) {
      assert.is((await ask('GET', path, { headers: LAN })).status, 200, path);
      assert.is((await ask('HEAD', path, { headers: LAN })).status, 200, path);
    }
    for (const path of ['/state', '/stats', '/config', '/journal', '/health/', '/metrics/x', '/session']) {
      assert.is((await ask('GET', path, { headers: LAN })).status, 401, path);
    }
    for (const path of ['/health', '/metrics', '/rollback']) {
      assert.is((await ask('POST', path, { headers: LAN, json: {} })).status, 401, path);
    }
  });
});

test('a group opens all of its reads, and a reload can open and close', async () => {
  let publicReads: readonly (typeof PUBLIC_READS)[number][] = [];
  await withServer({ access: () => ({ publicReads }) }, async ({ ask }) => {
    const status = async (path: string) => (await ask('GET', path, { headers: LAN })).status;
    assert.is(await status('/stats/trackers'), 401);
    publicReads = ['stats'];
    for (const path of ['/stats', '/stats/trackers', '/stats/managed', '/stats/history']) {
      assert.is(await status(path), 200, path);
    }
    publicReads = [];
    assert.is(await status('/stats/trackers'), 401);
  });
});

test('every name that the config takes opens a route, and only reads can be opened', () => {
  const opened = routes.filter(({ read }) => read !== undefined);
  assert.equal(new Set(opened.map(({ read }) => read)), new Set(PUBLIC_READS));
  assert.equal(new Set(opened.map(({ method }) => method)), new Set(['GET']));
});

test.run();
