import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  assertOneError,
  errorsOf,
  loadValid,
  MINIMAL,
  QBITTORRENT,
  TRACKERS,
  type World,
} from './support/loading.ts';

/** The password as decoded, with this written for it in the file. */
async function passwordOf(written: string, world: World = {}): Promise<string> {
  const { qbittorrent } = await loadValid(`${QBITTORRENT}  password: ${written}\n${TRACKERS}`, world);
  return qbittorrent.password;
}

const reference = (name: string): string => `\${${name}}`;

const variables = suite('variables in the file');

const awkward = [
  '0123',
  'true',
  '',
  'a: b',
  '# no comment',
  `"'`,
  'line\nbreak',
  '*x',
  '!t',
  `\${B}`,
  '$&',
  'é\\n',
];
for (const value of awkward) {
  variables(`a password ${JSON.stringify(value)} from a variable stays exactly as it is`, async () => {
    const world = { env: { A: value, B: 'not this' } };
    assert.is(await passwordOf(reference('A'), world), value);
    assert.is(await passwordOf(`"${reference('A')}"`, world), value);
  });
}

variables('a value stands in the middle of a text, several times', async () => {
  assert.is(await passwordOf(`x${reference('A')}y${reference('A')}`, { env: { A: '1' } }), 'x1y1');
});

variables('a default stands in for a variable that is not set, not for an empty one', async () => {
  const written = `"\${A:-a:b}"`;
  assert.is(await passwordOf(written), 'a:b');
  assert.is(await passwordOf(written, { env: { A: 'set' } }), 'set');
  assert.is(await passwordOf(written, { env: { A: '' } }), '');
  assert.is(await passwordOf(`"\${A:-}"`), '');
});

variables('$${ writes a plain ${, and a $ elsewhere needs nothing', async () => {
  assert.is(await passwordOf('"a$${B}c"', { env: { B: 'no' } }), `a\${B}c`);
  assert.is(await passwordOf('"a$b$"'), 'a$b$');
});

variables('a variable that is not set is one error at its path, and no consequence is reported', async () => {
  await assertOneError(MINIMAL.replace('8080', reference('P')), 'qbittorrent.port', /variable P is not set/);
  await assertOneError(
    MINIMAL.replace("'.*'", reference('X')),
    'trackers[0].pattern',
    /variable X is not set/,
  );
});

for (const inside of ['', '}', '1A}', 'A-b}', 'A:?must}', `A:-${reference('B')}}`]) {
  const broken = `"\${${inside}"`;
  variables(`${broken} is an error that says how to write it`, () =>
    assertOneError(
      `${QBITTORRENT}  password: ${broken}\n${TRACKERS}`,
      'qbittorrent.password',
      /expected \$\{NAME\}/,
    ),
  );
}

variables('names that every object inherits are not variables', () =>
  assertOneError(MINIMAL.replace('localhost', reference('constructor')), 'qbittorrent.host', /not set/),
);

variables('a variable that is not set is read from the file that NAME_FILE names', async () => {
  const files = { '/run/secrets/pw': 'from file\n' };
  assert.is(await passwordOf(reference('PW'), { env: { PW_FILE: '/run/secrets/pw' }, files }), 'from file');
  assert.is(
    await passwordOf(reference('PW'), { env: { PW_FILE: '/run/secrets/pw', PW: 'env' }, files }),
    'env',
  );
});

variables('a secret file that can not be read is an error at the path', () =>
  assertOneError(
    MINIMAL.replace('localhost', reference('H')),
    'qbittorrent.host',
    /can't read the file "\/gone" that H_FILE names: there is no such file/,
    { env: { H_FILE: '/gone' } },
  ),
);
variables.run();

const environment = suite('keys from the environment');

environment('any key can be set, over the file, and numbers are read', async () => {
  const config = await loadValid(`global:\n  port: 1\n${MINIMAL}`, {
    env: {
      QGUARDARR__GLOBAL__PORT: '8090',
      QGUARDARR__QBITTORRENT__TLS_CA_FILE: '/ca.pem',
      QGUARDARR__LOGGING__FILE: '/log',
      QGUARDARR__TRACKERS__0__MAX_UPLOAD_SPEED: '2048',
      QGUARDARR__AUTH__ALLOWED_HOSTS: 'a.lan, b.lan',
      QGUARDARR__ROLLOUT__STEPS__0__PERCENTAGE: '5',
      QGUARDARR__ROLLOUT__STEPS__0__HOLD: '60',
      QGUARDARR_PORT: 'tcp://10.0.0.1:8089',
    },
  });
  assert.is(config.global.port, 8090);
  assert.is(config.qbittorrent.tls_ca_file, '/ca.pem');
  assert.is(config.logging.file, '/log');
  assert.is(config.trackers[0]?.max_upload_speed, 2048);
  assert.equal(config.auth.allowed_hosts, ['a.lan', 'b.lan']);
  assert.equal(config.rollout.steps, [{ percentage: 5, hold: 60 }]);
});

environment('a whole config can come from it, its texts taken literally', async () => {
  const config = await loadValid('global: {}\n', {
    env: {
      QGUARDARR__QBITTORRENT__HOST: 'nas',
      QGUARDARR__QBITTORRENT__PORT: '80',
      QGUARDARR__QBITTORRENT__PASSWORD: reference('X'),
      QGUARDARR__TRACKERS__0__ID: 'all',
      QGUARDARR__TRACKERS__0__PATTERN: '.*',
      QGUARDARR__TRACKERS__0__MAX_UPLOAD_SPEED: '-1',
    },
  });
  assert.is(config.qbittorrent.password, reference('X'));
  assert.is(config.trackers[0]?.name, 'all');
});

environment('it also stands in for a value in the file whose variable is not set', async () => {
  const env = { QGUARDARR__QBITTORRENT__PORT: '81' };
  const config = await loadValid(MINIMAL.replace('8080', reference('PORT')), { env });
  assert.is(config.qbittorrent.port, 81);
});

environment('any key can be read from a file, without its last line break only', async () => {
  const files = { '/pw': ' two lines \n\n', '/port': '99\r\n' };
  const env = { QGUARDARR__QBITTORRENT__PASSWORD_FILE: '/pw', QGUARDARR__GLOBAL__PORT_FILE: '/port' };
  const config = await loadValid(MINIMAL, { env, files });
  assert.is(config.qbittorrent.password, ' two lines \n');
  assert.is(config.global.port, 99);
});

environment('the API key has variables of its own', async () => {
  const direct = await loadValid(MINIMAL, { env: { QGUARDARR_API_KEY: 'the-key-itself-here' } });
  assert.is(direct.auth.api_key, 'the-key-itself-here');
  const files = { '/k': 'the-key-in-a-file\n' };
  const byFile = await loadValid(MINIMAL, { env: { QGUARDARR_API_KEY_FILE: '/k' }, files });
  assert.is(byFile.auth.api_key, 'the-key-in-a-file');
  const empty = await loadValid(MINIMAL, { env: { QGUARDARR_API_KEY: '', QGUARDARR_CONFIG: 'x' } });
  assert.is(empty.auth.api_key, '');
});

const wrong: readonly [Readonly<Record<string, string>>, string, RegExp][] = [
  [{ QGUARDARR__GLOBAL__PROT: '1' }, 'global.prot', /QGUARDARR__GLOBAL__PROT; did you mean "port"\?/],
  [{ QGUARDARR__GLOBAL: '1' }, 'global', /names a whole section/],
  [{ QGUARDARR__: '1' }, '[""]', /unknown key/],
  [{ QGUARDARR____PROTO____X: '1' }, '[""]', /unknown key/],
  [{ QGUARDARR__GLOBAL__PORT__X: '1' }, 'global.port.x', /unknown key/],
  [{ QGUARDARR__TRACKERS__FIRST__ID: '1' }, 'trackers.first', /unknown key/],
  [{ QGUARDARR__TRACKERS__3__ID: 'x' }, 'trackers[3].id', /can't be set/],
  [
    { QGUARDARR__GLOBAL__PORT: 'x' },
    'global.port',
    /got "x" \(set by the variable QGUARDARR__GLOBAL__PORT\)/,
  ],
  [
    { QGUARDARR__QBITTORRENT__PASSWORD: 'a', QGUARDARR__QBITTORRENT__PASSWORD_FILE: 'b' },
    'qbittorrent.password',
    /set by both QGUARDARR__QBITTORRENT__PASSWORD and QGUARDARR__QBITTORRENT__PASSWORD_FILE/,
  ],
  [{ QGUARDARR_API_KEY_FILE: '/gone' }, 'auth.api_key', /can't read the file "\/gone"/],
];
for (const [env, path, message] of wrong) {
  environment(`${Object.keys(env).join(' and ')} is one error at ${path}`, () =>
    assertOneError(`global:\n  host: a\n${MINIMAL}`, path, message, { env }),
  );
}

environment('what a secret variable holds is not shown where it does not belong either', async () => {
  const env = { QBIT_PASSWORD: 'hunter2' };
  const errors = await errorsOf(MINIMAL.replace('8080', reference('QBIT_PASSWORD')), { env });
  assert.equal(errors, [['qbittorrent.port', 'expected integer from 1 to 65535, got a text (not shown)']]);
});
environment.run();

const dotenv = suite('.env');

dotenv('fills in variables and keys, but never over the real environment', async () => {
  const files = { '.env': 'H="nas # 1"\nP=81\nQGUARDARR__GLOBAL__PORT=82\n# comment\n' };
  const yaml = MINIMAL.replace('8080', reference('P'));
  const before = { ...process.env };
  const config = await loadValid(yaml, { env: { P: '90' }, files });
  assert.is(config.qbittorrent.port, 90);
  assert.is(config.global.port, 82);
  assert.is(await passwordOf(reference('H'), { files }), 'nas # 1');
  assert.equal({ ...process.env }, before);
});

dotenv('a .env that is there but can not be read is an error', () =>
  assertOneError(MINIMAL, '', /can't read ".env": it is a folder/, { files: { '.env': '!EISDIR' } }),
);
dotenv.run();
