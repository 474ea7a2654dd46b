/**
 * Runs a service with planted secrets through all that a service lives through, and searches everything that came out
 * of it: answers, streams, logs, notifications, files, the commands' output, and what a crash left behind.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { EXIT } from '../../../src/cli/exit-codes.ts';
import { routes } from '../../../src/http/routes/index.ts';
import { waitFor } from '../../support/real-swarm/wait-for.ts';
import { Damage, type Verdict } from '../attack.ts';
import { Household } from './household.ts';
import { PLANTED, type SecretName, secretsIn } from './planted.ts';

const KEY = { 'X-Api-Key': PLANTED['the API key'] };
const STRANGER = { Host: 'seedbox:8089' };
const ANNOUNCE = `https://tracker.example/${PLANTED['passkey in the path']}/announce?passkey=${PLANTED['passkey in the query']}`;
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

export async function huntSecrets(): Promise<Verdict> {
  const damage = new Damage();
  let summary = '';
  await Household.with(async (household) => {
    const service = await household.start();
    await useEveryRoute(household);
    await forceErrors(household);
    await useEveryCommand(household);
    await refuseConfigs(household);
    await loseQbittorrent(household);
    await household.keepFiles();
    await expectModes(household, damage);
    process.kill(service.pid ?? 0, 'SIGUSR2');
    const { code } = await service.exited;
    damage.expect(code === EXIT.failed, `the crash ended with ${code}`);
    household.keep('stdout and stderr', service.output);
    damage.expect(service.output.includes('internal error'), 'the crash was not told');
    await household.keepFiles();
    keepNotifications(household, damage);
    for (const { from, text, meant } of household.pieces) {
      for (const name of secretsIn(text, meant)) damage.expect(false, `${name}: in ${from}`);
    }
    const bytes = household.pieces.reduce((sum, { text }) => sum + text.length, 0);
    const count = Object.keys(PLANTED).length;
    summary = `none of ${count} secrets in ${household.pieces.length} pieces, ${Math.round(bytes / 1024)} KiB`;
  });
  return damage.verdict(summary);
}

async function useEveryRoute(household: Household): Promise<void> {
  for (const { method, path: route } of routes) {
    const json = method === 'POST' ? { json: {} } : {};
    await household.ask(method, route, { ...json, headers: KEY });
    await household.ask(method, `${route}?apikey=${PLANTED['a wrong API key']}`, {
      ...json,
      headers: STRANGER,
    });
    await household.ask(method, `${route}?apikey=${PLANTED['the API key']}`, {
      body: '{"a":',
      headers: STRANGER,
    });
  }
  await household.ask('GET', '/', { headers: { Accept: 'text/html' } });
  await household.ask('GET', '/torrents?search=torrent&limit=500', {});
  for (const kind of ['original', 'change', 'rollback', 'rollout']) {
    await household.ask('GET', `/journal?kind=${kind}&limit=500`, {});
  }
  await household.ask('GET', `/match/test?detailed=true&url=${encodeURIComponent(ANNOUNCE)}`, {});
  const webhook = { event: 'add', hash: 'a'.repeat(40), name: 'new', tracker: ANNOUNCE };
  await household.ask('POST', '/webhook', { json: webhook });
  await household.ask('POST', '/webhook', { body: new URLSearchParams(webhook).toString(), headers: FORM });
  await household.ask('POST', '/webhook', { json: { ...webhook, event: 'complete' } });
  await household.ask('POST', '/notifications/test', { json: {} });
  await household.ask('POST', '/login', { json: { key: PLANTED['the API key'] }, headers: STRANGER });
  await household.ask('POST', '/login', { json: { key: PLANTED['a wrong API key'] }, headers: STRANGER });
  await household.ask('POST', '/rollout', { json: { percentage: 50 } });
  await household.ask('POST', '/rollback', { json: { confirm: true, reason: 'a test' } });
  await household.ask('POST', '/resume', { json: {} });
}

/** Secrets where none belong: an error must not repeat them. */
async function forceErrors(household: Household): Promise<void> {
  const secrets = Object.values(PLANTED);
  for (const secret of secrets) {
    const headers = { ...KEY, 'Content-Type': 'application/json' };
    await household.ask('POST', '/webhook', { body: `{"event": "add", "tracker": "${secret}`, headers });
    await household.ask('POST', '/login', { json: { key: { nested: secret } }, headers });
    await household.ask('POST', '/login', { json: { key: [secret] }, headers });
    await household.ask('GET', `/journal?kind=${encodeURIComponent(secret)}`, { headers: KEY });
    await household.ask('GET', `/match/test?detailed=${encodeURIComponent(secret)}&url=x`, { headers: KEY });
    await household.ask('GET', `/${encodeURIComponent(secret)}/announce`, { headers: KEY });
    await household.ask('GET', '/state', {
      headers: { ...STRANGER, Cookie: `qguardarr_8089=${encodeURIComponent(secret)}` },
    });
  }
}

async function useEveryCommand(household: Household): Promise<void> {
  for (const args of [
    ['check'],
    ['doctor'],
    ['preview'],
    ['state'],
    ['rollback'],
    ['rollout', 'status'],
    ['match', ANNOUNCE],
  ]) {
    await household.command(...args);
    await household.command(...args, '--json');
  }
  const webhookPath = PLANTED["a key in the path of the webhook's address"];
  const install = ['doctor', '--install-webhook', '--yes', '--webhook-url'];
  for (const scheme of ['ftp', 'http']) {
    await household.command(...install, `${scheme}://127.0.0.1:8089/${webhookPath}`);
    await household.command(...install, `${scheme}://127.0.0.1:8089/${webhookPath}`, '--json');
    await household.command('state', '--url', `${scheme}://127.0.0.1:1/${webhookPath}?key=${webhookPath}`);
  }
  await household.command('rollback', '--confirm', '--reason', 'by hand');
  await household.ask('POST', '/resume', { json: {} });
}

/** Each has a secret where a mistake puts it. The one in force stays. */
async function refuseConfigs(household: Household): Promise<void> {
  const password = PLANTED['a refused qBittorrent password'];
  const mistakes: readonly ((yaml: string) => string)[] = [
    (yaml) => yaml.replace(/port: \d+\n\s+username/, `port: ${password}\n  username`),
    (yaml) => yaml.replace('username: admin', `username: {${password}: ${password}}`),
    (yaml) => yaml.replace('password:', `pasword: ${password}\n  password:`),
    (yaml) => yaml.replace('password:', `password: "${password}\n  x:`),
    (yaml) => yaml.replace('type: webhook', `type: ${PLANTED['the token of a webhook']}`),
    (yaml) => yaml.replace('api_key:', `api_key: ${PLANTED["cross-seed's key"]} x #`),
    (yaml) => yaml.replace(/host: (http:.*)/, 'host: $1?query'),
    (yaml) => yaml.replace(/url: (http:.*cross)/, 'url: ftp$1'),
    (yaml) => yaml.replace(/base_path: (.*)/, 'base_path: $1/?'),
    (yaml) => `${yaml}\n${password}: &${password} *${password}\n`,
    (yaml) => `${yaml}\nauth: {allowed_hosts: {x: ${password}}, api_key: [${password}]}\n`,
  ];
  for (const mistake of mistakes) {
    await household.configure(mistake);
    await household.ask('POST', '/config/reload', { json: {} });
    await household.command('check');
    await household.command('check', '--json');
  }
  await household.configure((yaml) => yaml.replace(`\${QBIT_PASSWORD}`, password));
  await household.ask('POST', '/config/reload', { json: {} });
  await household.ask('POST', '/cycle/force', { json: {} });
  await household.ask('GET', '/health');
  await household.command('doctor');
  await household.configure();
  await household.ask('POST', '/config/reload', { json: {} });
}

async function loseQbittorrent(household: Household): Promise<void> {
  await household.simulator.stop();
  await waitFor('the service to notice', 30_000, async () =>
    (await household.ask('GET', '/health')).startsWith('HTTP 503') ? true : undefined,
  );
  for (const route of ['/state', '/stats', '/metrics', '/events']) await household.ask('GET', route);
  for (const route of ['/cycle/force', '/notifications/test'])
    await household.ask('POST', route, { json: {} });
  await household.command('doctor');
  // Now nothing answers: errors name the address.
  await household.stopProxy();
  await waitFor('the service to tell the address', 15_000, async () =>
    (await household.ask('GET', '/health')).includes('cannot be reached') ? true : undefined,
  );
  for (const route of ['/state', '/stats', '/metrics', '/events']) await household.ask('GET', route);
  await household.command('doctor');
  await household.command('doctor', '--json');
}

async function expectModes(household: Household, damage: Damage): Promise<void> {
  for (const name of ['journal.db', 'journal.db.webhook.curl']) {
    const { mode } = await stat(path.join(household.folder, 'data', name));
    damage.expect((mode & 0o077) === 0, `${name} has mode ${(mode & 0o777).toString(8)}`);
  }
}

/** Each request line has its own target's secret, and no other. */
function keepNotifications(household: Household, damage: Damage): void {
  const { received } = household.receiver;
  const own: readonly (readonly [string, readonly SecretName[]])[] = [
    ['POST /hook/', ['the token of a webhook']],
    ['POST /api/webhooks/', ['the token of a Discord webhook']],
    [
      'POST /cross',
      ["cross-seed's key", 'a key in a URL of the config', "a key in the path of cross-seed's address"],
    ],
    ['POST /notify/', ['the key of an Apprise URL', 'the password of an Apprise URL']],
  ];
  for (const [start, meant] of own) {
    const told = received.filter((request) => request.startsWith(start));
    damage.expect(told.length > 0, `nothing came to ${start}`);
    for (const request of told) {
      household.keep(`a notification, ${start}`, request, meant);
      household.keep(`the body of a notification, ${start}`, request.split('\r\n\r\n').slice(1).join());
    }
  }
}
