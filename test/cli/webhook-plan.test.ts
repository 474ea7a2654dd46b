import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  installPlan,
  isUsablePath,
  optionsText,
  restorePlan,
  samePrograms,
} from '../../src/cli/webhook/webhook-plan.ts';
import type { ExternalProgram, ExternalPrograms } from '../../src/qbittorrent/external-programs.ts';

const test = suite('the plan of the webhook installer');
const FILE = '/data/j.db.webhook.curl';
const off: ExternalProgram = { enabled: false, program: '' };
const idle: ExternalProgram = { enabled: false, program: '/usr/local/bin/notify "%N"' };
const busy: ExternalProgram = { enabled: true, program: '/usr/local/bin/notify "%N"' };

function installed(present: ExternalPrograms, former: Parameters<typeof installPlan>[1] = null, file = FILE) {
  return installPlan(present, former, file);
}

test('both programs are set, and neither holds a key or an address', () => {
  const { onAdded, onFinished } = installed({ onAdded: off, onFinished: off }).installed;
  assert.equal(onAdded, {
    enabled: true,
    program: `curl --config "${FILE}" --data-urlencode "event=add" --data-urlencode "hash=%I"`,
  });
  assert.match(onFinished?.program ?? '', /event=complete/);
  assert.is(onFinished?.enabled, true);
});

test('a program that is on goes on to run, with its own text unchanged', () => {
  const { onAdded, onFinished } = installed({ onAdded: off, onFinished: busy }).installed;
  assert.not.match(onAdded?.program ?? '', /sh -c/);
  assert.is(
    onFinished?.program,
    `sh -c "curl --config '${FILE}' --data-urlencode event=complete --data-urlencode hash=$0 & exec "$@"" "%I" ${busy.program}`,
  );
  const blank = installed({ onAdded: { enabled: true, program: ' ' }, onFinished: idle }).installed;
  for (const program of [blank.onAdded, blank.onFinished]) assert.match(program?.program ?? '', /^curl /);
});

test('what was there comes back exactly, a program that was off included', () => {
  const before = { onAdded: off, onFinished: idle };
  const installation = installed(before);
  const { programs, kept } = restorePlan(installation.installed, installation);
  assert.equal(programs, before);
  assert.equal(kept, []);
});

test('to install twice keeps what was there first, with another path too', () => {
  const before = { onAdded: busy, onFinished: idle };
  const first = installed(before);
  const second = installed(first.installed, first, '/elsewhere/webhook.curl');
  assert.equal(second.before, before);
  assert.match(second.installed.onAdded?.program ?? '', /elsewhere/);
});

test('a program that the user has set since stays, on removal and on a second installation', () => {
  const installation = installed({ onAdded: idle, onFinished: idle });
  const present = { ...installation.installed, onFinished: { enabled: true, program: 'mine' } };
  const { programs, kept } = restorePlan(present, installation);
  assert.equal(programs, { onAdded: idle, onFinished: null });
  assert.equal(kept, ['Run on torrent finished']);
  const again = installPlan(present, installation, FILE);
  assert.equal(again.before, { onAdded: idle, onFinished: { enabled: true, program: 'mine' } });
  assert.match(again.installed.onFinished?.program ?? '', / mine$/);
});

test('ours switched off by hand is still ours to take away', () => {
  const installation = installed({ onAdded: off, onFinished: off });
  const { onAdded, onFinished } = installation.installed;
  const present = { onAdded: onAdded && { ...onAdded, enabled: false }, onFinished };
  assert.equal(restorePlan(present, installation).programs, { onAdded: off, onFinished: off });
});

test('a version without one of the settings gets the other', () => {
  const { installed: set, before } = installed({ onAdded: null, onFinished: off });
  assert.is(set.onAdded, null);
  assert.is(before.onAdded, null);
  assert.is(set.onFinished?.enabled, true);
});

test('settings are the same when what runs is the same', () => {
  assert.ok(
    samePrograms(
      { onAdded: busy, onFinished: null },
      { onAdded: { ...busy, program: `${busy.program} ` }, onFinished: null },
    ),
  );
  assert.not.ok(samePrograms({ onAdded: busy, onFinished: null }, { onAdded: idle, onFinished: null }));
  assert.not.ok(samePrograms({ onAdded: busy, onFinished: null }, { onAdded: busy, onFinished: off }));
});

test("a path that qBittorrent's setting would break at is refused", () => {
  for (const file of ['/data/j.curl', '/my data/ü.curl']) assert.ok(isUsablePath(file), file);
  for (const file of ['', "/a'b", '/a"b', '/100%I', '/a\\b', '/a\nb'])
    assert.not.ok(isUsablePath(file), file);
});

test("curl's options hold the key, whatever characters it has, or none", () => {
  const text = optionsText('http://127.0.0.1:8089/webhook', 'a"b\\c');
  assert.match(text, /^url = "http:\/\/127\.0\.0\.1:8089\/webhook"$/m);
  assert.ok(text.includes('header = "X-Api-Key: a\\"b\\\\c"\n'));
  assert.match(text, /^retry = 5$/m, 'what is answered 503 is sent again');
});

test.run();
