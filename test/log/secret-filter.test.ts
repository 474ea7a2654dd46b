import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createLog } from '../../src/log/logger.ts';
import { SecretFilter } from '../../src/log/secret-filter.ts';

test('known secrets are starred wherever they stand, wholes before their parts', () => {
  const filter = new SecretFilter();
  filter.use(['token', 'https://hook.example/token']);
  assert.is(filter.clean('to https://hook.example/token: token, token'), 'to ***: ***, ***');
  assert.is(filter.clean('nothing of it'), 'nothing of it');
});

test('a secret is found within JSON too, where it is escaped', () => {
  const filter = new SecretFilter();
  filter.use(['a"b\\c']);
  assert.is(filter.clean(JSON.stringify({ msg: 'x a"b\\c' })), '{"msg":"x ***"}');
});

test('what stands for a replacement in a text is taken as it is', () => {
  const filter = new SecretFilter();
  filter.use(['secret']);
  assert.is(filter.clean('$& secret $1'), '$& *** $1');
});

test('other secrets take the place of those before', () => {
  const filter = new SecretFilter();
  filter.use(['before']);
  filter.use(['after', '']);
  assert.is(filter.clean('before after'), 'before ***');
});

test('the log lets none through, in messages, fields and errors, for people and for programs', () => {
  for (const terminal of [false, true]) {
    let text = '';
    const output = {
      write: (line: string) => {
        text += line;
      },
    };
    const logging = { level: 'INFO', file: '', max_size_mb: 1, backup_count: 1 } as const;
    const log = createLog({ logging, terminal, output });
    log.secrets.use(['hunter22']);
    log.logger.error({ field: 'hunter22', err: new Error('of hunter22') }, 'with hunter22');
    assert.not.match(text, 'hunter22');
    assert.match(text, /with \*\*\*/);
    assert.match(text, /of \*\*\*/);
  }
});

test.run();
