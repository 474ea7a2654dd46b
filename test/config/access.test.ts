import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAddressRange } from '../../src/config/access.ts';
import { assertOneError, loadValid, MINIMAL, warningsOf } from './support/loading.ts';

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
  assert.match(warnings[0] ?? '', 'every address there is');
});

test.run();
