import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { describeValue, formatIssues, formatPath, isSecretName } from '../../src/config/issues.ts';

const test = suite('issues');

test('a path reads as in the file, of an odd key only the first word', () => {
  assert.is(formatPath(['trackers', 2, 'pattern']), 'trackers[2].pattern');
  assert.is(formatPath([]), '');
  assert.is(formatPath(['a', '']), 'a[""]');
  assert.is(formatPath(['a b', 'c\nd']), '["a…"]["c…"]');
});

test('every issue is one line, with its place as far as it is known', () => {
  const text = formatIssues([
    { path: 'a.b', message: 'is odd', line: 3 },
    { path: 'c', message: 'is missing' },
    { path: '', message: 'tabs', line: 9 },
    { path: '', message: 'no file' },
  ]);
  assert.equal(text.split('\n'), ['a.b (line 3): is odd', 'c: is missing', 'line 9: tabs', 'no file']);
});

test('a value is described on one line, cut short, and not at all when it is or may hold a secret', () => {
  assert.is(describeValue('a\nb', false), '"a\\nb"');
  assert.is(describeValue('x'.repeat(500), false).length, 63);
  assert.is(describeValue('hunter2', true), 'a text (not shown)');
  assert.is(describeValue('me:hunter2@nas', false), 'a text (not shown)');
  assert.is(describeValue('nas/proxy/hunt3r-22/x?key=hunt3r', false), '"nas/proxy/***/x?***"');
  assert.is(describeValue('nas?hunt3r', false), '"nas?***"');
  assert.is(describeValue(1234, true), 'a number (not shown)');
  assert.is(describeValue(null, false), 'nothing');
});

test('secrets are known by their names', () => {
  for (const name of ['password', 'api_key', 'QBIT_PASS', 'QBITTORRENT_PASSWORD', 'APIKEY', 'AUTH_TOKEN']) {
    assert.ok(isSecretName(name), name);
  }
  for (const name of [
    'port',
    'host',
    'pattern',
    'priority',
    'database_path',
    'max_api_error_rate',
    'BYPASS_LAN',
  ]) {
    assert.not.ok(isSecretName(name), name);
  }
});

test.run();
