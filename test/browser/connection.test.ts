/** What the page does when the service, qBittorrent or the key isn't there. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { routes } from '../../src/http/routes/index.ts';
import { barriers } from './support/axe.ts';
import { API_KEY, BrowserRig, screenshot } from './support/rig.ts';

const test = suite('the connection');

test('a page that lost the service says so, how old it is, and comes back by itself', async () => {
  await BrowserRig.with({}, async (rig) => {
    const { page } = await rig.open();
    await page.waitForSelector('.tracker canvas');
    const banner = page.locator('.banner:not(.bad)');
    assert.ok(await banner.isHidden());
    await rig.stopService();
    await page.getByText(/No connection to Qguardarr: what you see is from \d\d:\d\d:\d\d/).waitFor();
    await screenshot(page, 'stale', false);
    assert.equal(await barriers(page), []);
    await rig.startService();
    await banner.waitFor({ state: 'hidden', timeout: 20_000 });
  });
});

test('a qBittorrent that is gone is shown as offline, with what is wrong', async () => {
  await BrowserRig.with({}, async (rig) => {
    const { page, complaints } = await rig.open();
    await page.waitForSelector('.tracker canvas');
    await rig.simulator.stop();
    await page.locator('.pill.bad', { hasText: 'qBittorrent offline' }).waitFor();
    await page.locator('.problems li').first().waitFor();
    assert.match((await page.locator('svg.machine').nth(1).getAttribute('aria-label')) ?? '', 'offline');
    await screenshot(page, 'offline', false);
    assert.equal(await barriers(page), []);
    assert.equal(complaints, []);
  });
});

test('from another machine the page asks for the key, once, and then works', async () => {
  await BrowserRig.with({}, async (rig) => {
    // As a proxy on this machine passes it on.
    const { page } = await rig.open('#/torrents', { extraHTTPHeaders: { 'X-Forwarded-For': '192.0.2.7' } });
    const key = page.locator('#api-key');
    await key.waitFor();
    await screenshot(page, 'login', false);
    assert.equal(await barriers(page), []);
    await key.fill('not the key');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText(/not the right one/).waitFor();
    await key.fill(API_KEY);
    await page.keyboard.press('Enter');
    await page.waitForSelector('tbody tr:nth-child(20)');
    await page.locator('.pill', { hasText: 'qBittorrent online' }).waitFor();
    await page.reload();
    await page.waitForSelector('tbody tr:nth-child(20)');
    assert.not.match(page.url(), API_KEY);
  });
});

test('below a path, as a proxy has it, all works: the login, the events, the actions, and the logout', async () => {
  await BrowserRig.with({ global: { base_path: '/apps/qguardarr' } }, async (rig) => {
    const { page, complaints } = await rig.open('#/', {
      extraHTTPHeaders: { 'X-Forwarded-For': '192.0.2.7' },
    });
    await page.goto(`${rig.url}/apps/qguardarr`);
    await page.locator('#api-key').fill(API_KEY);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.tracker canvas');
    assert.is(page.url(), `${rig.url}/apps/qguardarr/`);
    const [cookie] = await page.context().cookies();
    assert.is(cookie?.path, '/apps/qguardarr');
    await page.goto(`${rig.url}/apps/qguardarr/#/preview`);
    await page.getByRole('button', { name: 'Run a cycle now' }).click();
    await page.locator('.toast').first().waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.locator('#api-key').waitFor();
    assert.equal(await page.context().cookies(), []);
    // The browser itself tells of each answer 401.
    assert.equal(
      complaints.filter((line) => !line.includes('401')),
      [],
    );
  });
});

test('the page of the HTTP API shows every operation and schema, and asks no other host', async () => {
  await BrowserRig.with({ global: { base_path: '/apps/qguardarr' } }, async (rig) => {
    // A base path tells of a proxy, so that this machine needs a key, too.
    const { page, complaints } = await rig.open('#/', { extraHTTPHeaders: { 'X-Api-Key': API_KEY } });
    for (const address of ['/api/docs', '/apps/qguardarr/api/docs#Health']) {
      await page.goto(`${rig.url}${address}`);
      await page.locator('.operation').first().waitFor();
      assert.is(await page.locator('.operation').count(), routes.length);
      await page.locator('.schema#Health').waitFor();
    }
    await page.locator('.operation', { hasText: '/journal' }).locator('summary').click();
    await page.getByText(/integer, 1 to 500, default 100/).waitFor();
    await screenshot(page, 'api-docs', false);
    assert.equal(await barriers(page), []);
    assert.equal(complaints, []);
  });
});

test('on this machine there is no login to end', async () => {
  await BrowserRig.with({}, async (rig) => {
    const { page } = await rig.open();
    await page.waitForSelector('.tracker canvas');
    assert.ok(await page.getByRole('button', { name: 'Log out' }).isHidden());
  });
});

test('a dry run says so, and its actions leave qBittorrent as it is', async () => {
  await BrowserRig.with({ global: { dry_run: true } }, async (rig) => {
    const before = new Map(rig.limits);
    const { page } = await rig.open('#/preview');
    await page.locator('.pill', { hasText: 'dry run' }).waitFor();
    await page.getByRole('button', { name: 'Run a cycle now' }).click();
    await page.getByText(/nothing was written/).waitFor();
    await page.goto(`${rig.url}/#/rollback`);
    await page.getByLabel(/Type ROLLBACK/).fill('ROLLBACK');
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.locator('.warning', { hasText: /Dry run: nothing was written/ }).waitFor();
    assert.equal(new Map(rig.limits), before);
    assert.is(rig.simulator.calls.get('torrents/setUploadLimit'), undefined);
  });
});

test.run();
