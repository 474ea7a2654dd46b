import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { diagnoseAccess } from '../../../src/service/reports/access-findings.ts';
import { loadValid, MINIMAL } from '../../config/support/loading.ts';

const findings = async (yaml: string) => diagnoseAccess(await loadValid(`${yaml}\n${MINIMAL}`));

test('where loopback is trusted, it is asked whether a proxy on this machine leads to it', async () => {
  const [finding, ...more] = await findings('');
  assert.is(finding?.severity, 'note');
  assert.match(finding?.advice ?? '', /if a reverse proxy, a tunnel or a port forwarding on this machine/);
  assert.equal(more, []);
  assert.equal(await findings('auth: {trust_loopback: false}'), []);
  assert.equal(await findings('auth: {trusted_proxies: [10.0.0.1]}'), []);
});

test('to trust loopback beside a setting that tells of a proxy is a warning', async () => {
  const [finding] = await findings('auth: {trust_loopback: true, allowed_hosts: [q.example.org]}');
  assert.is(finding?.severity, undefined);
  assert.match(finding?.problem ?? '', /auth\.allowed_hosts tells of a proxy/);
});

test.run();
