import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { redactConfig } from '../../src/config/redact.ts';
import { loadValid, TRACKERS } from './support/loading.ts';

test('every secret is starred, set or not, and nothing else changes', async () => {
  const config = await loadValid(`
qbittorrent: {host: nas, port: 8080, username: me, password: hunter2, api_key: hunter3}
auth: {api_key: hunter4-and-longer, keys: [{name: a, scope: read, key: hunter8-and-longer}]}
cross_seed: {enabled: true, url: 'http://me:hunter5@nas:2468/api?apikey=hunter6', api_key: hunter7}
${TRACKERS}`);
  const shown = redactConfig(config);
  assert.not.match(JSON.stringify(shown), /hunter/);
  assert.equal(shown, {
    ...config,
    qbittorrent: { ...config.qbittorrent, password: '***', api_key: '***' },
    auth: { ...config.auth, api_key: '***', keys: [{ name: 'a', scope: 'read', key: '***' }] },
    cross_seed: { ...config.cross_seed, url: 'http://***@nas:2468/api?***', api_key: '***' },
  });
  assert.is(config.qbittorrent.password, 'hunter2');
});

test('what of the path of an address may be a key is starred, wherever an address stands', async () => {
  const config = await loadValid(`
global: {base_path: /apps/hunter12-x}
qbittorrent: {host: 'http://qui/proxy/hunter13-x/web', port: 8080, base_path: /hunter14-x/qb}
cross_seed: {enabled: true, url: 'http://nas:2468/hunter15-x/api'}
${TRACKERS}`);
  const { global, qbittorrent, cross_seed } = redactConfig(config) as Record<string, Record<string, unknown>>;
  assert.is(global?.base_path, '/apps/***');
  assert.is(qbittorrent?.host, 'http://qui/proxy/***/web');
  assert.is(qbittorrent?.base_path, '/***/qb');
  assert.is(cross_seed?.url, 'http://nas:2468/***/api');
});

test("a notification's URL is a secret as a whole: it holds a token in most cases", async () => {
  const config = await loadValid(`
qbittorrent: {host: nas, port: 8080}
notifications: {targets: [{type: discord, url: 'https://discord.example/api/webhooks/1/hunter2'}]}
${TRACKERS}`);
  const { notifications } = redactConfig(config);
  assert.equal(notifications, {
    ...config.notifications,
    targets: [{ ...config.notifications.targets[0], url: '***' }],
  });
});

test('a secret that is not set is starred all the same', async () => {
  const config = await loadValid(`qbittorrent: {host: nas, port: 8080}\n${TRACKERS}`);
  assert.match(JSON.stringify(redactConfig(config)), /"password":"\*\*\*"/);
});

test.run();
