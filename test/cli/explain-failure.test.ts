import { readFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { explainBug, explainFailure } from '../../src/cli/explain-failure.ts';
import { localUrl } from '../../src/cli/local-url.ts';
import { count, table } from '../../src/cli/output.ts';
import { ListenError } from '../../src/http/errors.ts';

const test = suite('the words of the command line');

test('a failure that the user can put right is its own message', () => {
  const error = new ListenError('127.0.0.1', 80, Object.assign(new Error('x'), { code: 'EACCES' }));
  assert.is(explainFailure(error), error.message);
});

test("the system's refusal names the file and what is wrong with it", async () => {
  const error = await readFile('/nowhere/ca.pem').catch((caught: unknown) => caught);
  assert.match(
    explainFailure(error),
    /^\/nowhere\/ca\.pem can't be used \(ENOENT\): there is no such file\./,
  );
});

test('anything else is a bug: one line with its place, and no secret of a URL', () => {
  const error = new TypeError('no tracker\nfor https://t.example/passkey1234/announce?x=1');
  error.stack = `TypeError: no\n    at node:internal/x:1:1\n    at plan (/app/src/control/plan.ts:12:3)\n    at y`;
  assert.is(
    explainBug(error),
    'internal error, please report it: TypeError: no tracker for https://t.example/… (at plan (/app/src/control/plan.ts:12:3))',
  );
  assert.is(explainBug('odd'), 'internal error, please report it: string: odd');
  assert.match(explainFailure(null), /internal error/);
});

test('the service is asked over loopback when it listens everywhere', () => {
  const at = (host: string) =>
    localUrl({ global: { host, port: 8089, tls_cert_file: '' } } as Parameters<typeof localUrl>[0]);
  assert.is(at('0.0.0.0'), 'http://127.0.0.1:8089');
  assert.is(at('::'), 'http://127.0.0.1:8089');
  assert.is(at('::1'), 'http://[::1]:8089');
  assert.is(at('10.0.0.2'), 'http://10.0.0.2:8089');
});

test('columns are as wide as their widest cell, and lines end without spaces', () => {
  assert.equal(
    table([
      ['A', 'LONG'],
      ['wide', ''],
    ]),
    ['A     LONG', 'wide'],
  );
  assert.equal(table([]), []);
});

test('a count has its plural', () => {
  assert.is(count(1, 'torrent'), '1 torrent');
  assert.is(count(0, 'torrent'), '0 torrents');
});

test.run();
