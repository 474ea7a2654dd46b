/** Every action of the dashboard, through to the limits in the simulated qBittorrent. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasMark } from '../../src/control/limit-mark.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { barriers } from './support/axe.ts';
import { API_KEY, BrowserRig, screenshot, until } from './support/rig.ts';

const test = suite('the actions');

const limited = (rig: BrowserRig) => [...rig.limits.values()].filter((wire) => wire > 0).length;

test('torrents are searched, filtered, sorted and paged by the server', async () => {
  await BrowserRig.with({}, async (rig) => {
    const { page, complaints } = await rig.open('#/torrents');
    const rows = page.locator('tbody tr');
    await page.waitForSelector('tbody tr:nth-child(50)');
    assert.match((await page.locator('.pager').textContent()) ?? '', '1–50 of 61');
    await page.getByRole('button', { name: 'Next', exact: true }).click();
    await page.getByText('51–61 of 61').waitFor();
    await page.getByLabel('Name or info-hash').fill('low tide');
    await until(
      page,
      "[...document.querySelectorAll('.name span')].every((name) => /low tide/i.test(name.textContent))",
    );
    assert.ok((await rows.count()) > 5);
    await page.getByLabel('Tracker').selectOption('beta');
    await until(
      page,
      "[...document.querySelectorAll('tbody tr td:nth-child(2)')].every((cell) => cell.textContent === 'beta')",
    );
    await page.getByLabel('Name or info-hash').fill('');
    await page.getByRole('button', { name: 'Own limit' }).click();
    await until(
      page,
      "[...document.querySelectorAll('tbody tr')].map((row) => row.textContent.includes('300 KiB/s')).join() === 'true'",
    );
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await page.getByRole('button', { name: 'Name' }).click();
    await page.waitForSelector('th[aria-sort="ascending"] [data-sort="name"]');
    const names = await rows.locator('.name span').allTextContents();
    assert.equal(
      names,
      [...names].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
    );
    await page.reload();
    await page.waitForSelector('th[aria-sort="ascending"] [data-sort="name"]');
    assert.is(await page.getByLabel('Tracker').inputValue(), 'beta', 'the address keeps what was asked for');
    assert.equal(complaints, []);
  });
});

test('a limit shown is the limit in qBittorrent', async () => {
  await BrowserRig.with({}, async (rig) => {
    const { page } = await rig.open('#/torrents?search=Northern%20Field%202%20(films)');
    await page.waitForSelector('tbody td.num');
    const name = 'Northern Field 2 (films)';
    await waitFor('the limit shown to be the one in force', 30_000, async () => {
      const shown = await page.locator('tbody td.num').nth(1).textContent();
      return shown === `${Math.round(rig.limitOf(name) / 1024)} KiB/s` ? true : undefined;
    });
    assert.is(await page.locator('tbody td.num').nth(2).textContent(), '300 KiB/s');
  });
});

test('a contested client stands at the top of every page, and the user decides there', async () => {
  await BrowserRig.with({}, async (rig) => {
    const marked = () => [...rig.limits.values()].filter(hasMark).length;
    await waitFor('limits', 30_000, async () => (marked() > 10 ? true : undefined));
    await rig.stopService();
    const { picture } = rig.simulator.swarm;
    const isShown = () => [...rig.limits].every(([hash, wire]) => picture.torrent(hash)?.up_limit === wire);
    await waitFor('the last limits to show', 30_000, async () => (isShown() ? true : undefined));
    const left = [...rig.limits.values()];
    await rm(path.join(path.dirname(rig.configFile), 'journal.db'));
    await rig.startService();
    const { page, complaints } = await rig.open('#/history');
    const banner = page.locator('.banner.bad');
    await banner.waitFor();
    assert.match((await banner.textContent()) ?? '', /this journal does not know the original limits/);
    assert.equal(await barriers(page), []);
    await screenshot(page, 'contested', false);
    assert.equal([...rig.limits.values()], left);
    page.on('dialog', (dialog) => void dialog.accept());
    await page.getByRole('button', { name: 'These limits are my own' }).click();
    await banner.waitFor({ state: 'hidden' });
    await page.getByText('qBittorrent online').waitFor();
    assert.equal(complaints, []);
  });
});

test('a preview is carried out by a forced cycle', async () => {
  // What two calls a cycle leave over is there to be previewed.
  await BrowserRig.with({ global: { control_interval: 60, max_api_calls_per_cycle: 2 } }, async (rig) => {
    const { page, complaints } = await rig.open('#/preview');
    await page.waitForSelector('tbody tr:nth-child(2)', { timeout: 20_000 });
    const row = page.locator('tbody tr', { has: page.locator('.badge') }).first();
    assert.match((await row.textContent()) ?? '', /(raise|cut|release)/);
    await screenshot(page, 'preview-with-changes', false);
    const before = rig.simulator.calls.get('torrents/setUploadLimit') ?? 0;
    await page.getByRole('button', { name: 'Run a cycle now' }).click();
    await page.getByText(/Cycle done: \d+ limits? changed/).waitFor();
    assert.ok((rig.simulator.calls.get('torrents/setUploadLimit') ?? 0) > before);
    assert.equal(complaints, []);
  });
});

test('a smaller rollout gives torrents their own limits back in qBittorrent', async () => {
  await BrowserRig.with({}, async (rig) => {
    await waitFor('limits', 30_000, async () => (limited(rig) > 30 ? true : undefined));
    const { page, complaints } = await rig.open('#/rollout');
    await page.getByRole('button', { name: '10 %', exact: true }).click();
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.locator('.big', { hasText: /^10 %$/ }).waitFor();
    await waitFor('most to be unlimited', 30_000, async () => (limited(rig) < 15 ? true : undefined));
    await page.getByLabel('Percentage').fill('100');
    await page.getByRole('button', { name: 'Apply' }).click();
    await waitFor('limits again', 30_000, async () => (limited(rig) > 30 ? true : undefined));
    assert.equal(complaints, []);
  });
});

test('a plan of steps is started, held, continued, advanced and aborted', async () => {
  const steps = [10, 50, 100].map((percentage) => ({ percentage, hold: 600 }));
  await BrowserRig.with({ rollout: { steps } }, async (rig) => {
    const { page, complaints } = await rig.open('#/rollout');
    const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
    const stateIs = (state: string) => page.getByText(`(service: ${state})`).waitFor();
    await press('Start');
    await stateIs('rolling out, advancing');
    await page.locator('.steps .now', { hasText: '10 %' }).waitFor();
    await waitFor('a tenth only', 30_000, async () => (limited(rig) < 15 ? true : undefined));
    await press('Hold');
    await stateIs('rolling out, held');
    assert.ok(await page.getByRole('button', { name: 'Hold', exact: true }).isDisabled());
    await press('Continue');
    await stateIs('rolling out, advancing');
    await press('Next step now');
    await page.locator('.steps .now', { hasText: '50 %' }).waitFor();
    await screenshot(page, 'rollout-running', false);
    assert.equal(await barriers(page), []);
    await press('Abort');
    await stateIs('steady');
    await page.locator('.big', { hasText: /^100 %$/ }).waitFor();
    await page.goto(`${rig.url}/#/history?kind=rollout`);
    for (const what of ['started', 'held', 'continued', 'step begun', 'aborted']) {
      await page.getByRole('cell', { name: what, exact: true }).waitFor();
    }
    assert.equal(complaints, []);
  });
});

test('a rollback must be typed, gives every torrent its own limit back, and can be resumed', async () => {
  await BrowserRig.with({}, async (rig) => {
    const own = new Map(
      [...rig.simulator.swarm.torrents].map(([hash, { spec }]) => [hash, spec.uploadLimitWire ?? 0]),
    );
    await waitFor('limits', 30_000, async () => (limited(rig) > 30 ? true : undefined));
    const { page, complaints } = await rig.open('#/rollback');
    const start = page.getByRole('button', { name: 'Roll back' });
    await page.waitForSelector('tbody tr:nth-child(20)');
    assert.ok(await start.isDisabled());
    await page.getByLabel('Reason').fill('<b>trying</b> it');
    for (const wrong of ['rollback', 'ROLL', 'yes']) {
      await page.getByLabel(/Type ROLLBACK/).fill(wrong);
      assert.ok(await start.isDisabled(), wrong);
    }
    await page.keyboard.press('Enter');
    await page.getByLabel(/Type ROLLBACK/).fill('ROLLBACK');
    await screenshot(page, 'rollback-confirmed', false);
    await start.click();
    await page.getByText(/\d+ of \d+ torrents restored/).waitFor();
    await screenshot(page, 'rollback-running', false);
    await page.getByText(/\d+ torrents restored in/).waitFor({ timeout: 30_000 });
    assert.equal(new Map(rig.limits), own);
    await page.getByText('there is nothing to give back').waitFor();
    await screenshot(page, 'rollback-done', false);
    assert.equal(await barriers(page), []);
    await page.goto(`${rig.url}/#/history?kind=rollback`);
    await page.getByText('<b>trying</b> it').waitFor();
    await page.goto(`${rig.url}/#/rollback`);
    await page.getByRole('button', { name: 'Enforce again' }).click();
    await page.getByText('Limits are enforced again.').waitFor();
    await waitFor('limits again', 30_000, async () => (limited(rig) > 30 ? true : undefined));
    assert.equal(complaints, []);
  });
});

test('the limits of one tracker, or of chosen torrents, are given back; the others stay', async () => {
  await BrowserRig.with({}, async (rig) => {
    await waitFor('limits', 30_000, async () => (limited(rig) > 30 ? true : undefined));
    const { page, complaints } = await rig.open('#/rollback');
    await page.getByLabel('Tracker').selectOption({ index: 1 });
    await page.getByText('only they are left alone').waitFor();
    const box = page.getByRole('checkbox').first();
    const name = ((await box.getAttribute('aria-label')) ?? '').replace(/^Only /, '');
    await box.check();
    await page.getByText(/^1 torrent would get its own limit back, and only it is left alone/).waitFor();
    await page.getByLabel(/Type ROLLBACK/).fill('ROLLBACK');
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.getByText(/^1 torrent restored in/).waitFor();
    await page.getByText(/^Left alone: torrent /).waitFor();
    const [hash, own] = [...rig.simulator.swarm.torrents]
      .filter(([, { spec }]) => spec.name === name)
      .map(([infoHash, { spec }]) => [infoHash, spec.uploadLimitWire ?? 0] as const)[0] ?? ['', 0];
    assert.is(rig.limits.get(hash), own);
    assert.ok(limited(rig) > 30);
    assert.equal(await barriers(page), []);
    await screenshot(page, 'rollback-of-a-part', false);
    await page.goto(`${rig.url}/#/history?kind=rollback`);
    await page.getByText(`torrent ${hash}`).waitFor();
    await page.goto(`${rig.url}/#/rollback`);
    await page.getByRole('button', { name: 'Enforce again' }).click();
    await page.getByText('Limits are enforced again.').waitFor();
    await waitFor('its limit again', 30_000, async () => (rig.limits.get(hash) === own ? undefined : true));
    assert.equal(complaints, []);
  });
});

test('a config is reloaded, a bad one is refused with its errors in place, and secrets are starred', async () => {
  await BrowserRig.with({}, async (rig) => {
    const { page, complaints } = await rig.open('#/config');
    await page.getByText('update_interval').waitFor();
    const text = (await page.locator('main').textContent()) ?? '';
    assert.not.match(text, 'do-not-show-this');
    assert.not.match(text, API_KEY);
    await rig.configure({}, (yaml) => yaml.replace('max_upload_speed: 2097152', 'max_upload_speed: 1048576'));
    await page.getByRole('button', { name: 'Reload the file' }).click();
    await page.getByText('1.00 MiB/s').waitFor();
    await rig.configure({}, (yaml) => yaml.replace('control_interval: 1', 'control_interval: soon'));
    await page.getByRole('button', { name: 'Reload the file' }).click();
    const error = page.locator('.lines.error');
    await error.waitFor();
    assert.match((await error.textContent()) ?? '', /global\.control_interval/);
    await screenshot(page, 'config-refused', false);
    assert.equal(await barriers(page), []);
    // The answer 422 is what the page wants to show; browsers tell of it in the console all the same.
    assert.equal(
      complaints.filter((complaint) => !complaint.includes('422')),
      [],
    );
  });
});

test('the history is filtered by kind, tracker and words', async () => {
  await BrowserRig.with({}, async (rig) => {
    await waitFor('changes', 30_000, async () =>
      (await rig.get<{ total: number }>('/journal')).total > 10 ? true : undefined,
    );
    const { page, complaints } = await rig.open('#/history');
    await page.waitForSelector('tbody .badge');
    await page.getByLabel('Tracker').selectOption('gamma');
    await until(
      page,
      "[...document.querySelectorAll('tbody tr td:nth-child(2)')].every((cell) => cell.textContent === 'gamma')",
    );
    await page.getByRole('button', { name: 'Originals' }).click();
    await page.getByLabel('Name, info-hash or reason').fill('harbour lights 1');
    await page.getByText('1–1 of 1').waitFor();
    assert.match((await page.locator('tbody').textContent()) ?? '', 'Harbour Lights 1 (images)');
    assert.equal(complaints, []);
  });
});

test.run();
