import type { Page } from 'playwright-core';
import { launchChromium } from '../../browser/support/chromium.ts';
import { type Attack, Damage } from '../attack.ts';
import { API_KEY, MARKUP, type Victim } from '../victim.ts';

/** Opens the dashboard as from another machine, logged in, and notes whatever runs or goes where it should not. */
async function onDashboard(
  victim: Victim,
  damage: Damage,
  work: (page: Page) => Promise<void>,
): Promise<void> {
  const browser = await launchChromium();
  try {
    // As a proxy on this machine passes it on.
    const context = await browser.newContext({ extraHTTPHeaders: { 'X-Forwarded-For': '192.0.2.7' } });
    const page = await context.newPage();
    page.on('dialog', (dialog) => {
      damage.expect(false, `a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      damage.expect(request.url().startsWith(victim.url), `asked ${request.url()}`);
    });
    await page.goto(`${victim.url}/#/torrents`);
    await page.locator('#api-key').fill(API_KEY);
    await page.keyboard.press('Enter');
    await page.waitForSelector('tbody tr');
    await work(page);
  } finally {
    await browser.close();
  }
}

export const browserAttacks: readonly Attack[] = [
  {
    name: 'HTML in torrent names and reasons, on the dashboard',
    needs: 'browser',
    async run(victim) {
      const damage = new Damage();
      await victim.untilManaged();
      await victim.ask('POST', '/rollback', { json: { confirm: true, reason: MARKUP } });
      await victim.ask('POST', '/resume', { json: {} });
      await onDashboard(victim, damage, async (page) => {
        for (const place of [
          '#/torrents',
          '#/preview',
          '#/history?kind=rollback',
          '#/rollback',
          '#/config',
          '#/',
        ]) {
          await page.goto(`${victim.url}/${place}`);
          await page.waitForTimeout(300);
          if (place === '#/torrents') await page.getByText(MARKUP).first().waitFor();
          damage.expect((await page.evaluate('window.hacked')) === undefined, `a script ran on ${place}`);
          damage.expect(
            (await page.locator('img, main script').count()) === 0,
            `markup was made on ${place}`,
          );
        }
      });
      return damage.verdict('shown as text; nothing runs');
    },
  },
  {
    name: 'stealing the login by script',
    needs: 'browser',
    async run(victim) {
      const damage = new Damage();
      await onDashboard(victim, damage, async (page) => {
        const seen = String(
          await page.evaluate(
            'JSON.stringify([document.cookie, Object.entries(localStorage), Object.entries(sessionStorage), location.href])',
          ),
        );
        damage.expect(!/qguardarr_\d/.test(seen), `a script reads the cookie: ${seen}`);
        damage.expect(!seen.includes(API_KEY), 'a script reads the key');
        const cookies = await page.context().cookies();
        const [cookie] = cookies;
        damage.expect(cookies.length === 1 && cookie?.httpOnly === true, 'the cookie is not HttpOnly');
        damage.expect(cookie?.sameSite === 'Strict', `the cookie is ${cookie?.sameSite}`);
        damage.expect(cookie?.value !== API_KEY, 'the cookie is the key');
      });
      return damage.verdict('HttpOnly, SameSite=Strict; neither cookie nor key within reach of scripts');
    },
  },
];
