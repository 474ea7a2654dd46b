import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Child } from '../../support/real-swarm/child.ts';
import { freePorts } from '../../support/real-swarm/free-ports.ts';
import { waitFor } from '../../support/real-swarm/wait-for.ts';
import { type Attack, Damage } from '../attack.ts';
import { sendBytes } from '../raw.ts';
import { API_KEY, MAIN, type Victim } from '../victim.ts';

/** Nine levels of nine aliases each: 3.5 billion values, written out. */
const BOMB = [
  'a0: &a0 [x]',
  ...Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(', ')}]`),
  'trackers: *a9',
].join('\n');

const CONFIGS: readonly (readonly [string, (valid: string) => string])[] = [
  ['__proto__ as a section', (valid) => `${valid}\n__proto__: {polluted: true}\n`],
  ['constructor.prototype', (valid) => `${valid}\nconstructor: {prototype: {polluted: true}}\n`],
  ['__proto__ in a section', (valid) => valid.replace('global:', 'global:\n  __proto__: {dry_run: true}')],
  ['a merge key of __proto__', (valid) => `${valid}\nx: &x {__proto__: {dry_run: true}}\n<<: *x\n`],
  ['aliases bomb', () => BOMB],
  ['an alias in itself', () => 'a: &a [*a]\n'],
  ['nested 100,000 deep', () => '['.repeat(100_000)],
  ['20,000 anchors', () => Array.from({ length: 20_000 }, (_, n) => `a${n}: [&a${n} x, *a${n}]\n`).join('')],
  ['200,000 keys', () => Array.from({ length: 200_000 }, (_, n) => `a${n}: 1\n`).join('')],
  ['60,000 keys', (valid) => valid + Array.from({ length: 60_000 }, (_, n) => `a${n}: 1\n`).join('')],
  [
    'a pattern of 600,000 characters',
    (valid) => valid.replace('.*tracker', `${'(a|b)*'.repeat(100_000)}tracker`),
  ],
  ['a tag that runs code', (valid) => `${valid}\nx: !!js/function "function () { process.exit(1) }"\n`],
];

/** Puts the text in place of the config and asks for a reload; the valid one is back afterwards. */
async function reloadWith(victim: Victim, text: string) {
  const valid = await readFile(victim.configFile, 'utf8');
  await writeFile(victim.configFile, text);
  const reply = await victim.ask('POST', '/config/reload', { json: {} });
  await writeFile(victim.configFile, valid);
  await victim.ask('POST', '/config/reload', { json: {} });
  return reply;
}

export const configAttacks: readonly Attack[] = [
  {
    name: 'prototype-polluting YAML, and an aliases bomb',
    async run(victim) {
      const damage = new Damage();
      const valid = await readFile(victim.configFile, 'utf8');
      let slowest = 0;
      for (const [name, change] of CONFIGS) {
        const before = await victim.residentMib();
        const { status, ms, text } = await reloadWith(victim, change(valid));
        slowest = Math.max(slowest, ms);
        damage.expect(status === 422, `${name} answered ${status}: ${text.slice(0, 200)}`);
        damage.expect((await victim.residentMib()) - before < 60, `${name} took memory`);
        const { text: config } = await victim.ask('GET', '/config');
        damage.expect(JSON.parse(config).global.dry_run === false, `${name} changed the config`);
      }
      damage.expect(slowest < 2_000, `took ${Math.round(slowest)} ms`);
      return damage.verdict(
        `422 to ${CONFIGS.length}, in ${Math.ceil(slowest)} ms at most; the config in force stays`,
      );
    },
  },
  {
    name: 'catastrophic patterns',
    async run(victim) {
      const damage = new Damage();
      const patterns = ['(a+)+$', '(a|aa)+$', '(.*a){25}$', '^(([a-z])+.)+[A-Z]([a-z])+$'];
      await victim.configure(
        {},
        {
          trackers: [
            ...patterns.map((pattern, n) => ({ id: `evil${n}`, pattern, max_upload_speed: 2048 })),
            { id: 'default', pattern: '.*', max_upload_speed: -1 },
          ],
        },
      );
      const url = encodeURIComponent(`https://${'a'.repeat(8_000)}!/announce`);
      const { status, ms } = await victim.ask('GET', `/match/test?detailed=true&url=${url}`);
      await victim.configure();
      damage.expect(status === 200, `answered ${status}`);
      damage.expect(ms < 2_000, `took ${Math.round(ms)} ms`);
      return damage.verdict(`matched in ${Math.ceil(ms)} ms`);
    },
  },
  {
    name: 'patterns that no linear engine takes',
    async run(victim) {
      const damage = new Damage();
      const valid = await readFile(victim.configFile, 'utf8');
      for (const pattern of ['(a)\\1', '(?=a)b', '(?<!a)b', 'a{100000}']) {
        const { status } = await reloadWith(victim, valid.replace('.*tracker\\.example.*', pattern));
        damage.expect(status === 422, `${pattern} answered ${status}`);
      }
      return damage.verdict('422, with the reason');
    },
  },
  {
    name: 'keys that can be guessed, and two alike',
    async run(victim) {
      const damage = new Damage();
      const valid = await readFile(victim.configFile, 'utf8');
      const keys = ['x', 'fifteen-letters'];
      for (const key of keys) {
        const { status, text } = await reloadWith(victim, valid.replace(API_KEY, key));
        damage.expect(status === 422, `"${key}" answered ${status}`);
        damage.expect(key === 'x' || !text.includes(key), `"${key}" is repeated`);
      }
      const same = `  keys: [{name: a, scope: webhook, key: ${API_KEY}}]\n`;
      const { status } = await reloadWith(victim, valid.replace('auth:\n', `auth:\n${same}`));
      damage.expect(status === 422, `one key of two scopes answered ${status}`);
      return damage.verdict('422');
    },
  },
  {
    name: 'trusted proxies that together are everyone',
    async run(victim) {
      const damage = new Damage();
      for (const ranges of [['0.0.0.0/1', '128.0.0.0/1'], ['::/1', '8000::/1'], ['::ffff:0:0/96']]) {
        await victim.configure({ trusted_proxies: ranges });
        const { text } = await victim.ask('GET', '/health', { headers: { 'X-Api-Key': API_KEY } });
        damage.expect(
          text.includes('a large part of all addresses'),
          `${ranges.join(' and ')} pass without a word`,
        );
      }
      await victim.configure();
      return damage.verdict('a warning in log, check and /health');
    },
  },
  {
    name: 'asking a service that waits for its config',
    async run() {
      const damage = new Damage();
      const folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-waiting-'));
      const [port = 0] = await freePorts(1);
      const file = path.join(folder, 'q.yaml');
      const pattern = 'private-tracker-of-mine';
      await writeFile(
        file,
        `qbittorrent: {host: localhost}\ntrackers: [{id: secret-club, pattern: '(${pattern}'}]\n`,
      );
      const environment = { QGUARDARR__GLOBAL__HOST: '127.0.0.1', QGUARDARR__GLOBAL__PORT: String(port) };
      const child = new Child(process.execPath, [MAIN, 'run', '--wait-for-config', '--config', file], {
        cwd: folder,
        environment,
      });
      try {
        await waitFor('it to wait, and to print why', 30_000, async () =>
          child.output.includes('waiting for a valid config') && child.output.includes('pattern')
            ? true
            : undefined,
        );
        for (const route of ['/health', '/config', '/', '/state', '/journal']) {
          const { text, status } = await sendBytes(
            port,
            `GET ${route} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`,
          );
          damage.expect(status === 503, `${route} answered ${status}`);
          damage.expect(
            !/secret-club|private-tracker|pattern|trackers/.test(text),
            `${route} tells of the config`,
          );
        }
      } finally {
        await child.kill('SIGTERM');
        await rm(folder, { recursive: true, force: true });
      }
      return damage.verdict('503, and nothing of the config');
    },
  },
];
