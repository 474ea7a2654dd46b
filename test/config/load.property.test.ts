import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { formatIssues } from '../../src/config/issues.ts';
import { load, MINIMAL } from './support/loading.ts';

const SECRET = 'hunter2-correct-horse';

const test = suite('loadConfig, whatever it is given');

const sectionNames = ['global', 'qbittorrent', 'trackers', 'auth', 'cross_seed', 'logging', 'rollout', 'x'];
const keyNames = ['host', 'port', 'id', 'pattern', 'steps', 'enabled', 'level', '__proto__', 'toString'];
const value = fc.oneof(
  { depthSize: 'small' },
  fc.jsonValue(),
  fc.dictionary(fc.constantFrom(...keyNames), fc.jsonValue()),
  fc.array(fc.dictionary(fc.constantFrom(...keyNames), fc.jsonValue()), { maxLength: 3 }),
);
const wildTree = fc.dictionary(fc.oneof(fc.constantFrom(...sectionNames), fc.string()), value);

async function messagesOf(...[yaml, world]: Parameters<typeof load>): Promise<string> {
  const result = await load(yaml, world);
  return result.ok ? result.warnings.join('\n') : formatIssues(result.errors);
}

test('any tree gives a config or errors of one line each', async () => {
  await fc.assert(
    fc.asyncProperty(wildTree, async (tree) => {
      const result = await load(stringify(tree));
      if (result.ok) return;
      assert.ok(result.errors.length > 0);
      assert.is(formatIssues(result.errors).split('\n').length, result.errors.length);
    }),
    { numRuns: 150 },
  );
});

test('any text gives a config or errors', async () => {
  const noise = fc.string({ unit: fc.constantFrom(...' \n\t:-[]{}#&*!|>\'"%@`a0$?,~\\') });
  await fc.assert(
    fc.asyncProperty(fc.oneof(noise, fc.string()), async (text) => {
      await load(text);
      await load(`${MINIMAL}\n${text}`);
    }),
    { numRuns: 250 },
  );
});

test('any environment gives a config or errors', async () => {
  const name = fc
    .array(fc.constantFrom('GLOBAL', 'PORT', 'TRACKERS', '0', 'ID', 'FILE', '', 'PROTO', 'AUTH'))
    .map((parts) => `QGUARDARR__${parts.join('__')}`);
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, fc.string()), async (env) => {
      await load(MINIMAL, { env });
    }),
  );
});

// Each plants the secret where users put one, right or wrong, in a file with noise around it.
const plants: Readonly<Record<string, (noise: unknown) => [unknown, NodeJS.ProcessEnv?]>> = {
  'as password': (noise) => [{ x: noise, qbittorrent: { password: SECRET } }],
  'as misspelt password': (noise) => [{ x: noise, qbittorrent: { passwrod: SECRET } }],
  'as a password of the wrong type': () => [{ qbittorrent: { password: [SECRET, { a: SECRET }] } }],
  'as API key with a space': (noise) => [{ auth: { api_key: `${SECRET} x`, noise } }],
  'in the host': (noise) => [{ qbittorrent: { host: `http://me:${SECRET}@nas`, port: noise } }],
  "in cross-seed's URL": () => [{ cross_seed: { enabled: true, url: `nas:2468?apikey=${SECRET}` } }],
  'in place of a section': () => [{ qbittorrent: SECRET, trackers: SECRET }],
  'under a port, by a variable': () => [
    { qbittorrent: { port: '$'.concat('{QBIT_PASSWORD}') } },
    { QBIT_PASSWORD: SECRET },
  ],
  'by a variable of the wrong key': () => [{}, { QGUARDARR__QBITTORRENT__PASSWRD: SECRET }],
  'by a variable of a section': () => [{}, { QGUARDARR__QBITTORRENT: SECRET }],
  'as API key variable': () => [{}, { QGUARDARR_API_KEY: `${SECRET}\n` }],
};
for (const [where, plant] of Object.entries(plants)) {
  test(`a secret ${where} is in no message`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (noise) => {
        const [tree, env = {}] = plant(noise);
        const messages = await messagesOf(stringify(tree), { env });
        assert.ok(messages.length > 0);
        assert.not.match(messages, SECRET);
      }),
      { numRuns: 30 },
    );
  });
}

test('a secret is in no message when the YAML around it is broken at any place', async () => {
  const yaml = `${MINIMAL.replace('8080', `8080\n  password: "${SECRET}"`)}auth: {api_key: '${SECRET}'}\n`;
  const anywhere = fc.nat({ max: yaml.length });
  const piece = fc.constantFrom(
    '"',
    "'",
    '[',
    '{',
    ': ',
    '\n',
    '\t',
    '*',
    '&',
    '!',
    '@',
    '- ',
    '#',
    '|',
    '>',
  );
  await fc.assert(
    fc.asyncProperty(anywhere, piece, async (at, inserted) => {
      const around = yaml.indexOf(SECRET) < at && at < yaml.indexOf(SECRET) + SECRET.length;
      const broken = yaml.slice(0, at) + inserted + yaml.slice(at);
      const messages = await messagesOf(broken);
      assert.not.match(messages, around ? /correct-horse|hunter2/ : SECRET);
    }),
    { numRuns: 250 },
  );
});

test.run();
