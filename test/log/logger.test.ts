import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Config } from '../../src/config/schema.ts';
import { createLog, type Log } from '../../src/log/logger.ts';

const test = suite('the log');
const LOGGING: Config['logging'] = { level: 'INFO', file: '', max_size_mb: 1, backup_count: 1 };

function recording(
  logging: Partial<Config['logging']> = {},
  terminal = false,
): { log: Log; lines: () => string[] } {
  let text = '';
  const log = createLog({
    logging: { ...LOGGING, ...logging },
    terminal,
    output: {
      write: (line) => {
        text += line;
      },
    },
  });
  return { log, lines: () => text.split('\n').slice(0, -1) };
}

const UNRULY = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

const COLOR = '\u001b\\[\\d+m';
const COLORED_LEVEL = new RegExp(`^(\\S+ )${COLOR}(\\w+)${COLOR}`);

/** Ours are around the level, and nowhere else. */
function withoutColors(line: string): string {
  return line.replace(COLORED_LEVEL, '$1$2');
}

test('each entry is a line of JSON with level and time in words', async () => {
  const { log, lines } = recording();
  log.logger.warn({ tracker: 'a' }, 'told\nin two');
  assert.is(lines().length, 1);
  const { time, ...entry } = JSON.parse(lines()[0] ?? '');
  assert.equal(entry, { level: 'warn', tracker: 'a', msg: 'told\nin two' });
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test("the config's levels are kept, and a change takes effect at once", async () => {
  const { log, lines } = recording({ level: 'WARNING' });
  const tell = () => {
    log.logger.debug('debug');
    log.logger.info('info');
    log.logger.warn('warn');
    log.logger.error('error');
  };
  const told = () => lines().map((line) => JSON.parse(line).msg);
  tell();
  assert.equal(told(), ['warn', 'error']);
  await log.configure({ ...LOGGING, level: 'DEBUG' });
  tell();
  assert.equal(told().slice(2), ['debug', 'info', 'warn', 'error']);
  await log.configure({ ...LOGGING, level: 'ERROR' });
  tell();
  assert.equal(told().slice(6), ['error']);
});

test('an error shows no field that may hold a secret', async () => {
  const { log, lines } = recording();
  log.logger.error({ err: Object.assign(new Error('no'), { headers: { cookie: 'SID=secret' } }) }, 'failed');
  assert.not.match(lines()[0] ?? '', /secret/);
  assert.is(JSON.parse(lines()[0] ?? '').err.message, 'no');
});

/** What a torrent's name, an answer or a reason may hold. */
const HOSTILE = 'name\n[12:00:00] INFO: fake\r\u001b[2Jcleared\u009b31m\u202Egnp.exe\u2028';

test('a text from outside neither ends a JSON line nor reaches a terminal as it is, and comes back whole', () => {
  const { log, lines } = recording();
  log.logger.info({ name: HOSTILE }, HOSTILE);
  assert.is(lines().length, 1);
  assert.not.match(lines()[0] ?? '', UNRULY);
  const { msg, name } = JSON.parse(lines()[0] ?? '');
  assert.equal([msg, name], [HOSTILE, HOSTILE]);
});

test('on a terminal an entry is one line: time, level and message, with what is unruly made visible', () => {
  const { log, lines } = recording({}, true);
  log.logger.warn({ tracker: 'a' }, HOSTILE);
  assert.is(lines().length, 1);
  const plain = withoutColors(lines()[0] ?? '');
  assert.match(
    plain,
    /^\[\d\d:\d\d:\d\d\] WARN: name\\n\[12:00:00\] INFO: fake\\r\\u001b\[2Jcleared\\u009b31m/,
  );
  assert.not.match(plain, UNRULY);
});

test('on a terminal an error follows its line, indented, with its cause; nothing in it passes for a line', () => {
  const { log, lines } = recording({}, true);
  log.logger.error({ err: new Error(HOSTILE, { cause: new Error('disk') }) }, 'failed');
  const [first, ...rest] = lines().map(withoutColors);
  assert.match(first ?? '', /ERROR: failed$/);
  assert.ok(rest.length > 2);
  for (const line of rest) {
    assert.match(line, /^ {4}\S/);
    assert.not.match(line, UNRULY);
  }
  assert.match(rest.join('\n'), /logger\.test\.ts/);
  assert.is(rest.at(-1), '    caused by: disk');
});

test('colours are left out when NO_COLOR is set', () => {
  const before = process.env.NO_COLOR;
  process.env.NO_COLOR = '1';
  try {
    const { log, lines } = recording({}, true);
    log.logger.info('told');
    assert.match(lines()[0] ?? '', /^\[\d\d:\d\d:\d\d\] INFO: told$/);
  } finally {
    if (before === undefined) delete process.env.NO_COLOR;
    else process.env.NO_COLOR = before;
  }
});

test('the file gets the same lines, and a reload moves it to another place', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-log-'));
  try {
    const first = path.join(folder, 'a.log');
    const second = path.join(folder, 'b.log');
    const { log, lines } = recording({ file: first });
    log.logger.info('one');
    await log.configure({ ...LOGGING, file: second });
    log.logger.info('two');
    await log.configure({ ...LOGGING, file: '' });
    log.logger.info('three');
    await log.close();
    assert.is(lines().length, 3);
    assert.is(await readFile(first, 'utf8'), `${lines()[0]}\n`);
    assert.is(await readFile(second, 'utf8'), `${lines()[1]}\n`);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a file that cannot be written is reported with what to do, and the lines go on', async () => {
  const told: string[] = [];
  let output = 0;
  const log = createLog({
    logging: { ...LOGGING, file: '/dev/null/q.log' },
    terminal: false,
    output: {
      write: () => {
        output += 1;
      },
    },
    onFileError: (message) => told.push(message),
  });
  log.logger.info('one');
  await new Promise((resolve) => setTimeout(resolve, 50));
  log.logger.info('two');
  await log.close();
  assert.is(output, 2);
  assert.is(told.length, 1);
  assert.match(
    told[0] ?? '',
    /^the log file \/dev\/null\/q\.log can't be written \(.*ENOTDIR.*set logging\.file/,
  );
});

test.run();
