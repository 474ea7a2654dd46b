import { readFile, writeFile } from 'node:fs/promises';
import { type Attack, Damage } from '../attack.ts';
import type { Victim } from '../victim.ts';

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
];
