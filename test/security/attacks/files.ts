/** Files that are no files, or have no end, in the places that the config and the environment name. */
import { execFileSync } from 'node:child_process';
import { lstat, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { type Attack, Damage } from '../attack.ts';
import type { Victim } from '../victim.ts';

const SOON_MS = 2_000;

/** The slowest answer of /ping while the work is under way, ms. */
async function slowestPing(victim: Victim, work: () => Promise<void>): Promise<number> {
  let isOver = false;
  let slowest = 0;
  const watching = (async () => {
    while (!isOver) {
      slowest = Math.max(slowest, (await victim.ask('GET', '/ping')).ms);
      await sleep(20);
    }
  })();
  await work();
  isOver = true;
  await watching;
  return slowest;
}

export const fileAttacks: readonly Attack[] = [
  {
    name: 'a pipe, an endless device and a huge file as the config',
    async run(victim) {
      const damage = new Damage();
      const aside = `${victim.configFile}.aside`;
      const before = await victim.residentMib();
      let worst = 0;
      const slowest = await slowestPing(victim, async () => {
        const places: readonly (readonly [string, (file: string) => Promise<unknown> | unknown])[] = [
          ['a pipe', (file) => execFileSync('mkfifo', [file])],
          ['/dev/zero', (file) => symlink('/dev/zero', file)],
          ['40 GiB', (file) => execFileSync('truncate', ['-s', '40G', file])],
        ];
        for (const [what, put] of places) {
          await rename(victim.configFile, aside);
          await put(victim.configFile);
          const { status, ms, text } = await victim.ask('POST', '/config/reload', { json: {} });
          worst = Math.max(worst, ms);
          damage.expect(status === 422, `${what} answered ${status}: ${text}`);
          await sleep(500);
          await rm(victim.configFile);
          await rename(aside, victim.configFile);
        }
      });
      await victim.configure();
      const grown = (await victim.residentMib()) - before;
      damage.expect(worst < SOON_MS, `the answer took ${Math.round(worst)} ms`);
      damage.expect(slowest < SOON_MS, `/ping took ${Math.round(slowest)} ms meanwhile`);
      damage.expect(grown < 60, `took ${Math.round(grown)} MiB`);
      return damage.verdict(`422 in ${Math.ceil(worst)} ms at most; the one in force stays`);
    },
  },
  {
    name: 'pipes and links in the places that the config names',
    async run(victim) {
      const damage = new Damage();
      const at = (name: string) => path.join(victim.folder, name);
      for (const name of ['pipe', 'log-pipe']) execFileSync('mkfifo', [at(name)]);
      await writeFile(at('real.json'), '');
      await symlink('real.json', at('link.json'));
      const valid = await readFile(victim.configFile, 'utf8');
      const changed = (section: string, keys: Record<string, unknown>) => {
        const config = parse(valid);
        return stringify({ ...config, [section]: { ...config[section], ...keys } });
      };
      const slowest = await slowestPing(victim, async () => {
        await writeFile(victim.configFile, changed('qbittorrent', { tls_ca_file: './pipe' }));
        const { status, text } = await victim.ask('POST', '/config/reload', { json: {} });
        damage.expect(status === 422, `a pipe as tls_ca_file answered ${status}: ${text}`);
        await writeFile(victim.configFile, changed('logging', { file: './log-pipe' }));
        await victim.ask('POST', '/config/reload', { json: {} });
        await writeFile(
          victim.configFile,
          changed('global', { dry_run: true, dry_run_store_path: './link.json' }),
        );
        await victim.ask('POST', '/config/reload', { json: {} });
        await victim.ask('POST', '/cycle/force', { json: {} });
        await sleep(1_500);
      });
      await writeFile(victim.configFile, valid);
      await victim.configure();
      const kept = await lstat(at('link.json'));
      damage.expect(kept.isSymbolicLink(), 'the link was replaced by a file');
      damage.expect(
        (await readFile(at('real.json'), 'utf8')) !== '',
        'the file behind the link was not written',
      );
      damage.expect(slowest < SOON_MS, `/ping took ${Math.round(slowest)} ms meanwhile`);
      return damage.verdict('a pipe is refused, a link stays; nothing waits');
    },
  },
];
