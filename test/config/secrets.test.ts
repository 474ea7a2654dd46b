import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { secretsOf } from '../../src/config/secrets.ts';
import { errorsOf, loadValid, MINIMAL, TRACKERS } from './support/loading.ts';

test('every secret of the config is known, and of a secret URL its parts', async () => {
  const config = await loadValid(`
qbittorrent: {host: nas, port: 8080, username: admin, password: correct-horse, api_key: qbt_0123}
cross_seed: {api_key: cross-key}
auth: {api_key: own-key-of-16-chars, keys: [{name: grafana, scope: read, key: read-key-of-16-chars}]}
notifications:
  targets:
    - {type: apprise, url: "https://joe:p%40ssw0rd@hook.example/notify/token-1?x=token-2"}
${TRACKERS}`);
  assert.equal(secretsOf(config), [
    'correct-horse',
    'qbt_0123',
    'cross-key',
    'own-key-of-16-chars',
    'read-key-of-16-chars',
    'https://joe:p%40ssw0rd@hook.example/notify/token-1?x=token-2',
    '/notify/token-1?x=token-2',
    'p@ssw0rd',
  ]);
});

test('what of an address may be a key is known as a secret, as it is written and as it is meant', async () => {
  const config = await loadValid(`
global: {base_path: /apps/own-k3y-value}
qbittorrent: {host: 'http://qui/proxy/cl13nt%2Dkey/app', port: 8080, base_path: other/p4th-key}
cross_seed: {url: 'http://joe:pa55word@nas:2468/cross/s33d-key?apikey=query-key'}
${TRACKERS}`);
  assert.equal(secretsOf(config), [
    'own-k3y-value',
    'cl13nt%2Dkey',
    'cl13nt-key',
    'p4th-key',
    's33d-key',
    'query-key',
    'pa55word',
  ]);
});

test('what is empty or too short to be told from other words is left out', async () => {
  const config = await loadValid(`
qbittorrent: {host: nas, port: 8080, username: administrator, password: admin}
notifications:
  targets:
    - {type: webhook, url: "http://hook.example/"}
${TRACKERS}`);
  assert.equal(secretsOf(config), ['http://hook.example/']);
});

test('a text in the place of a number, a word or a flag is repeated only if it looks like one', async () => {
  const messageOf = async (line: string) => (await errorsOf(`${line}\n${MINIMAL}`))[0]?.[1] ?? '';
  for (const shown of [
    'port: ten',
    'port: 8089/tcp',
    'port: "1,000"',
    'allocation_strategy: wieghted',
    'dry_run: maybe',
  ]) {
    assert.match(await messageOf(`global: {${shown}}`), /, got "/, shown);
  }
  for (const secret of ['port', 'control_interval', 'allocation_strategy', 'idle_guard', 'dry_run']) {
    const message = await messageOf(`global: {${secret}: hunter22-And-more}`);
    assert.match(message, /got a text \(not shown\)/, secret);
  }
});

test.run();
