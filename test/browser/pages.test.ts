/** Every page, as it looks: light, dark and on a phone, without complaint, barrier or a request to elsewhere. */

import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { barriers } from './support/axe.ts';
import { BrowserRig, HOSTILE_NAME, screenshot, until } from './support/rig.ts';

const test = suite('the pages');
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1360, height: 900 };

/** What shows that a page has all it wants to show. */
const READY: Readonly<Record<string, string>> = {
  overview: '.tracker canvas',
  torrents: 'tbody tr:nth-child(20)',
  preview: '.results table',
  rollout: '.steps li',
  rollback: 'tbody tr',
  history: 'tbody tr:nth-child(5)',
  config: '.pairs',
};

const rollout = { steps: [10, 50, 100].map((percentage) => ({ percentage, hold: 600 })) };

async function eachPage(
  rig: BrowserRig,
  look: (page: Page, name: string, variant: string) => Promise<void>,
): Promise<void> {
  for (const [variant, colorScheme, viewport] of [
    ['light', 'light', DESK],
    ['dark', 'dark', DESK],
    ['phone', 'light', PHONE],
    ['phone-dark', 'dark', PHONE],
  ] as const) {
    const { page, complaints } = await rig.open('#/', { colorScheme, viewport });
    for (const [name, ready] of Object.entries(READY)) {
      await page.click(`nav a[href="#/${name === 'overview' ? '' : name}"]`);
      await page.waitForSelector(ready);
      await look(page, name, variant);
    }
    assert.equal(complaints, [], variant);
    await page.context().close();
  }
}

test('every page is whole in light, in dark and on a phone, with no complaint and no barrier', async () => {
  await BrowserRig.with({ rollout }, async (rig) => {
    // Until the charts have something to show.
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    await eachPage(rig, async (page, name, variant) => {
      await screenshot(page, `${name}-${variant}`, false);
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      assert.is(overflow, 0, `${name} is wider than the ${variant}`);
      assert.equal(await barriers(page), [], `${name}, ${variant}`);
      assert.match(await page.title(), /Qguardarr/);
      assert.is(await page.locator('h1').count(), 1);
    });
  });
});

test('the dashboard weighs less than 150 kB, the API reference aside, and each file has its content in its name', async () => {
  const folder = fileURLToPath(new URL('../../dist/web/', import.meta.url));
  const reference = path.join(folder, 'api');
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
    (file) => file.isFile() && file.parentPath !== reference,
  );
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(path.join(file.parentPath, file.name))).size),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(total < 150_000, `${total} bytes`);
  for (const { name } of files) assert.match(name, /^(index\.html|[\w-]+-[A-Z0-9]{8}\.(js|css|svg))$/);
});

test('markup in a name stays text wherever names are shown', async () => {
  await BrowserRig.with({}, async (rig) => {
    for (const hash of [
      '#/torrents?search=onerror',
      '#/history?search=onerror',
      '#/history?kind=original&search=onerror',
      '#/rollback',
    ]) {
      const { page, complaints } = await rig.open(hash);
      const summary = page.locator('summary').first();
      const named = page.getByText(HOSTILE_NAME);
      await page.waitForSelector('tbody tr');
      if ((await named.count()) === 0 && (await summary.count()) > 0) await summary.click();
      const next = page.getByRole('button', { name: 'Next' });
      if ((await named.count()) === 0 && (await next.count()) > 0) await next.click();
      await named.first().waitFor();
      assert.is(await page.locator('main img, main script').count(), 0, hash);
      assert.equal(complaints, [], hash);
      await page.context().close();
    }
  });
});

test('a page just opened shows the minutes before, and goes on live', async () => {
  await BrowserRig.with({}, async (rig) => {
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    const { page, complaints } = await rig.open();
    const card = page.locator('[data-tracker="alpha"]');
    await card.locator('canvas').waitFor();
    const history = await rig.get<{ at: number[]; trackers: Record<string, unknown> }>('/stats/history');
    assert.ok(history.at.length >= 3, String(history.at.length));
    assert.ok('alpha' in history.trackers);
    const cycle = page.locator('.region', { hasText: 'Cycle' }).locator('.note');
    const before = await cycle.textContent();
    await until(
      page,
      `document.querySelectorAll('.region .note')[2].textContent !== ${JSON.stringify(before)}`,
    );
    assert.match((await card.locator('.usage').textContent()) ?? '', /[KM]iB\/s *of 6\.00 MiB\/s/);
    assert.is(await page.locator('.state.lit').count(), 3);
    assert.match((await page.locator('svg.machine').first().getAttribute('aria-label')) ?? '', 'steady');
    assert.equal(complaints, []);
  });
});

test('colours follow the system until they are chosen, and the choice is kept', async () => {
  await BrowserRig.with({}, async (rig) => {
    const { page } = await rig.open('#/', { colorScheme: 'dark' });
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const dark = await ground();
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await ground();
    assert.is.not(dark, light);
    await page.click('.theme');
    await page.click('.theme');
    assert.is(await ground(), dark, 'auto, light, dark');
    await page.reload();
    await page.waitForSelector('.theme');
    assert.is(await ground(), dark);
    assert.match((await page.getAttribute('.theme', 'aria-label')) ?? '', 'dark');
  });
});

test('all of it can be reached by keyboard', async () => {
  await BrowserRig.with({}, async (rig) => {
    const { page } = await rig.open();
    await page.waitForSelector('.tracker');
    const focused = () => page.evaluate('document.activeElement.textContent');
    await page.keyboard.press('Tab');
    assert.is(await focused(), 'Skip to the content');
    await page.keyboard.press('Enter');
    assert.is(await page.evaluate('document.activeElement.id'), 'main');
    await page.focus('nav a[href="#/torrents"]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('tbody tr:nth-child(20)');
    await page.focus('[data-sort="name"]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('th[aria-sort="ascending"] [data-sort="name"]');
    assert.is(await page.evaluate('document.activeElement.dataset.sort'), 'name', 'the focus stays');
  });
});

test.run();
