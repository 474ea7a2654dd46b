import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withServer } from './support.ts';

const access = { basePath: '/apps/qguardarr' };

test('below the base path there is what is at the root, and the root stays', async () => {
  await withServer({ access }, async ({ ask, operations }) => {
    for (const path of ['/apps/qguardarr/ping', '/ping', '/apps/qguardarr/ping?x=1']) {
      assert.equal((await ask('GET', path)).json, { status: 'ok' }, path);
    }
    assert.is((await ask('GET', '/apps/qguardarr/')).json.name, 'qguardarr');
    assert.is((await ask('POST', '/apps/qguardarr/webhook', { form: 'event=add' })).status, 202);
    assert.is(operations.calls.length, 1);
    for (const path of [
      '/apps/qguardarrx/ping',
      '/apps/ping',
      '/apps/qguardarr/apps/qguardarr/ping',
      '/APPS/qguardarr/ping',
    ]) {
      assert.is((await ask('GET', path)).status, 404, path);
    }
  });
});

test('the page needs its slash at the end, and is led there within the service', async () => {
  await withServer({ access }, async ({ ask }) => {
    const led = await ask('GET', '/apps/qguardarr?theme=dark');
    assert.is(led.status, 308);
    assert.is(led.headers.location, '/apps/qguardarr/?theme=dark');
  });
});

test('a path below the base path needs the key like any other', async () => {
  await withServer({ access }, async ({ ask }) => {
    const headers = { Host: 'seedbox' };
    for (const path of ['/apps/qguardarr/state', '/apps/qguardarr//ping', '/apps/qguardarr/..//ping']) {
      assert.is((await ask('GET', path, { headers })).status, 401, path);
    }
    assert.is((await ask('POST', '/apps/qguardarr', { headers, json: {} })).status, 401);
    assert.is((await ask('GET', '/apps/qguardarr/ping', { headers })).status, 200);
  });
});

test.run();
