import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { trustsLoopback } from '../../src/config/access.ts';
import { parseAddressRange } from '../../src/config/addresses.ts';
import { assertOneError, errorsOf, loadValid, MINIMAL, warningsOf } from './support/loading.ts';

test('an address is a range of its own, and a prefix must fit its family', () => {
  assert.equal(parseAddressRange('10.0.0.1'), { address: '10.0.0.1', bits: 32 });
  assert.equal(parseAddressRange(' 172.16.0.0/12 '), { address: '172.16.0.0', bits: 12 });
  assert.equal(parseAddressRange('fd00::/8'), { address: 'fd00::', bits: 8 });
  assert.equal(parseAddressRange('::1'), { address: '::1', bits: 128 });
  for (const wrong of [
    '',
    'proxy',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '::/129',
    '1.2.3',
  ]) {
    assert.is(parseAddressRange(wrong), null, wrong);
  }
});

test('what opens the service can be set by the environment, too', async () => {
  const { auth } = await loadValid(MINIMAL, {
    env: {
      QGUARDARR__AUTH__PUBLIC: 'health, metrics',
      QGUARDARR__AUTH__TRUST_LOOPBACK: 'off',
      QGUARDARR__AUTH__TRUSTED_PROXIES: '10.0.0.2,fd00::/8',
    },
  });
  assert.equal(auth.public, ['health', 'metrics']);
  assert.is(auth.trust_loopback, false);
  assert.equal(auth.trusted_proxies, ['10.0.0.2', 'fd00::/8']);
});

test('only reads can be public, and never the config', async () => {
  for (const wrong of ['config', 'rollback', 'match', '*']) {
    await assertOneError(
      `auth: {public: [health, "${wrong}"]}\n${MINIMAL}`,
      'auth.public[1]',
      /one of health, metrics/,
    );
  }
});

test('a proxy is named by address, not by name', async () => {
  await assertOneError(
    `auth: {trusted_proxies: [traefik]}\n${MINIMAL}`,
    'auth.trusted_proxies[0]',
    /IP address or range such as 172\.16\.0\.0\/12, got "traefik"/,
  );
});

test('a base path begins with a slash, ends without one and leads nowhere else', async () => {
  const { global } = await loadValid(`global: {base_path: /apps/qguardarr}\n${MINIMAL}`);
  assert.is(global.base_path, '/apps/qguardarr');
  for (const wrong of ['qguardarr', '/qguardarr/', '/', '//evil.example', '/a/../b', '/a b', '/a?b', '/.']) {
    await assertOneError(
      `global: {base_path: "${wrong}"}\n${MINIMAL}`,
      'global.base_path',
      /URL path such as/,
    );
  }
});

test('a certificate without its key, or the reverse, is reported', async () => {
  await assertOneError(`global: {tls_cert_file: a.pem}\n${MINIMAL}`, 'global.tls_key_file', /takes both/);
  await assertOneError(`global: {tls_key_file: a.pem}\n${MINIMAL}`, 'global.tls_cert_file', /takes both/);
  const { global } = await loadValid(`global: {tls_cert_file: a.pem, tls_key_file: b.pem}\n${MINIMAL}`);
  assert.is(global.tls_key_file, 'b.pem');
});

test('to trust every address as a proxy is warned of', async () => {
  const warnings = await warningsOf(`auth: {trusted_proxies: [10.0.0.0/8, 0.0.0.0/0]}\n${MINIMAL}`);
  assert.is(warnings.length, 1);
  assert.match(warnings[0] ?? '', 'a large part of all addresses');
});

test('ranges that together hold a large part of all addresses are warned of, private ones are not', async () => {
  const warned = async (...ranges: string[]) =>
    (
      await warningsOf(
        `auth: {trusted_proxies: [${ranges.map((range) => `"${range}"`).join(', ')}]}\n${MINIMAL}`,
      )
    ).length === 1;
  assert.ok(await warned('0.0.0.0/1', '128.0.0.0/1'));
  assert.ok(await warned('::/1', '8000::/1'));
  assert.ok(await warned('::ffff:0.0.0.0/96'));
  assert.ok(await warned('2000::/3'));
  assert.ok(await warned(...Array.from({ length: 5 }, (_, n) => `${n + 50}.0.0.0/8`)));
  assert.not.ok(await warned('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'));
  assert.not.ok(await warned(...Array(9).fill('10.0.0.0/8')));
});

test('loopback is trusted by default unless a setting tells of a proxy, and always as the user says', async () => {
  const trusts = async (yaml: string) => trustsLoopback(await loadValid(`${yaml}\n${MINIMAL}`));
  assert.ok(await trusts(''));
  assert.not.ok(await trusts('global: {base_path: /q}'));
  assert.not.ok(await trusts('auth: {allowed_hosts: [q.example.org]}'));
  assert.not.ok(await trusts('auth: {trusted_proxies: [10.0.0.1]}'));
  assert.not.ok(await trusts('auth: {trust_loopback: auto, trusted_proxies: [10.0.0.1]}'));
  assert.ok(await trusts('auth: {trust_loopback: true, trusted_proxies: [10.0.0.1]}'));
  assert.not.ok(await trusts('auth: {trust_loopback: false}'));
  await assertOneError(
    `auth: {trust_loopback: maybe}\n${MINIMAL}`,
    'auth.trust_loopback',
    /true, false or auto, got "maybe"/,
  );
});

test('a key that can be guessed is refused, and not repeated', async () => {
  for (const wrong of ['x', 'fifteen-letters', 'with a space in it', 'y'.repeat(513)]) {
    for (const [yaml, path] of [
      [`auth: {api_key: "${wrong}"}`, 'auth.api_key'],
      [`auth: {keys: [{name: grafana, scope: read, key: "${wrong}"}]}`, 'auth.keys[0].key'],
    ] as const) {
      const errors = await errorsOf(`${yaml}\n${MINIMAL}`);
      assert.is(errors.length, 1);
      assert.is(errors[0]?.[0], path);
      assert.match(errors[0]?.[1] ?? '', /API key of 16 to 512 characters/);
      assert.ok(wrong === 'x' || !errors[0]?.[1].includes(wrong), wrong);
    }
  }
});

test('keys have different names and values, and the webhook has its scope', async () => {
  const one = '{name: one, scope: read, key: the-first-key-of-16}';
  for (const [keys, path, message] of [
    [`${one}, {name: one, scope: admin}`, 'auth.keys[1].name', /also the name of auth\.keys\[0\]/],
    [
      `${one}, {name: two, scope: read, key: the-first-key-of-16}`,
      'auth.keys[1].key',
      /same as auth\.keys\[0\]/,
    ],
    ['{name: two, scope: read, key: the-main-key-of-16}', 'auth.keys[0].key', /same as auth\.api_key/],
    ['{name: main, scope: read}', 'auth.keys[0].name', /also the name of auth\.api_key/],
    ['{name: webhook, scope: admin}', 'auth.keys[0].scope', /expected webhook/],
    ['{name: two, scope: write}', 'auth.keys[0].scope', /one of webhook, read, admin, got "write"/],
    ['{name: ../x, scope: read}', 'auth.keys[0].name', /name of 1 to 32 characters/],
  ] as const) {
    const yaml = `auth: {api_key: the-main-key-of-16, keys: [${keys}]}\n${MINIMAL}`;
    await assertOneError(yaml, path, message);
  }
  const { auth } = await loadValid(`auth: {keys: [${one}, {name: webhook, scope: webhook}]}\n${MINIMAL}`);
  assert.equal(auth.keys[1], { name: 'webhook', scope: 'webhook', key: '' });
});

test.run();
