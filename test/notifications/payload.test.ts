import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Notice } from '../../src/notifications/notice.ts';
import { payloadFor } from '../../src/notifications/payload.ts';

const test = suite('what a target is sent');
const NOTICE: Notice = {
  kind: 'offline',
  severity: 'failure',
  title: 'Away',
  message: 'refused',
  at: 86_400_000,
};

test('Apprise gets title, body and type, as plain text', () => {
  assert.equal(payloadFor('apprise', NOTICE), {
    title: 'Away',
    body: 'refused',
    type: 'failure',
    format: 'text',
  });
});

test('a webhook gets the event and all that is known of it', () => {
  assert.equal(payloadFor('webhook', NOTICE), {
    source: 'qguardarr',
    event: 'offline',
    severity: 'failure',
    title: 'Away',
    message: 'refused',
    at: '1970-01-02T00:00:00.000Z',
  });
});

test('Discord pings no one, previews nothing, and shows markup as it is', () => {
  const message = '@everyone <@1234> [click](https://evil.example) **bold** `code` ||spoiler||\n# heading';
  const { content, ...rest } = payloadFor('discord', { ...NOTICE, message });
  assert.equal(rest, { allowed_mentions: { parse: [] }, flags: 4 });
  assert.is(
    content,
    '**Away**\n\\@everyone \\<\\@1234\\> \\[click\\]\\(https\\://evil.example\\) \\*\\*bold\\*\\* \\`code\\` ' +
      '\\|\\|spoiler\\|\\|\n\\# heading',
  );
});

test('no text is too long for Discord, however much of it must be escaped', () => {
  const long = { ...NOTICE, title: '', message: '*'.repeat(9_000) };
  assert.ok(String(payloadFor('discord', long).content).length <= 2_000);
  assert.ok(String(payloadFor('webhook', long).message).length < 2_000);
});

test('whatever the text, it is one value of the JSON and comes back as it was', () => {
  void fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const sent = JSON.stringify(payloadFor('webhook', { ...NOTICE, title: text, message: text }));
      assert.not.match(sent, /[\r\n]/);
      const { title, message, event } = JSON.parse(sent);
      assert.equal([title, message, event], [text, text, 'offline']);
    }),
  );
});

test.run();
