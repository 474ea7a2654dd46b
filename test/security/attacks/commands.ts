/** On whoever runs a command: what answers in place of the service or of qBittorrent is hostile. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { type Attack, Damage } from '../attack.ts';
import { type Ran, runCommand, runOnTerminal } from '../command.ts';
import { API_KEY, type Victim } from '../victim.ts';

const ESCAPES = 'x\u001b[2J\u001b]0;owned\u0007\u001b[31mred\u009b8m\r\u202E\u2028';
/** Of our own styles, on a terminal. */
const OWN_STYLES = new RegExp(`${String.fromCharCode(27)}\\[(?:[12]|22|3[1236]|39)m`, 'g');
const UNRULY = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

async function withServer(
  answer: RequestListener,
  work: (port: number, asked: readonly IncomingMessage[]) => Promise<void>,
): Promise<void> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work((server.address() as AddressInfo).port, asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** The victim's config with other sections, in a file of its own. */
async function writeConfig(
  victim: Victim,
  changes: Record<string, Record<string, unknown>>,
): Promise<string> {
  const config = parse(await readFile(victim.configFile, 'utf8'));
  for (const [section, keys] of Object.entries(changes)) config[section] = { ...config[section], ...keys };
  const file = path.join(victim.folder, 'command.yaml');
  await writeFile(file, stringify(config));
  return file;
}

/**
 * The running service's lock, as a service writes it that can't know its pid namespace (systemd's `ProcSubset=pid`).
 * Resolves with the `database_path` whose lock it is.
 */
async function withoutNamespace(victim: Victim): Promise<string> {
  const lock = JSON.parse(await readFile(path.join(victim.folder, 'data/journal.db.lock'), 'utf8'));
  await mkdir(path.join(victim.folder, 'unknown'), { recursive: true });
  const file = path.join(victim.folder, 'unknown/journal.db.lock');
  await writeFile(file, JSON.stringify({ ...lock, pidNamespace: null }));
  return './unknown/journal.db';
}

function expectTame(damage: Damage, what: string, { output }: Ran): void {
  const rest = output.replace(OWN_STYLES, '').replaceAll('\r\n', '').replaceAll('\n', '');
  damage.expect(
    output.includes('\\u001b[2J'),
    `${what} does not show the escapes: ${JSON.stringify(output)}`,
  );
  damage.expect(!UNRULY.test(rest), `${what} printed ${JSON.stringify(output)}`);
}

const state = {
  service: {
    state: ESCAPES,
    since: ESCAPES,
    rollout_percentage: 5,
    rollout: null,
    rollout_last_change: null,
    rollout_problem: ESCAPES,
    dry_run: false,
  },
  link: { state: ESCAPES, since: ESCAPES, problem: ESCAPES, qbittorrent_version: ESCAPES },
  cycle: { state: ESCAPES, number: 1, problem: ESCAPES },
  trackers: {
    [ESCAPES]: {
      state: ESCAPES,
      usage_bps: 1,
      cap_bps: 1,
      effective_cap_bps: 1,
      borrowed_bps: 0,
      lent_bps: 0,
    },
  },
  held_torrents: 1,
};

export const commandAttacks: readonly Attack[] = [
  {
    name: 'terminal escapes, from answers and arguments of commands',
    async run(victim) {
      const damage = new Damage();
      let ran = 0;
      const expectAll = async (config: string, commands: readonly (readonly string[])[]) => {
        for (const command of commands) {
          for (const run of [runCommand, runOnTerminal]) {
            ran += 1;
            expectTame(damage, command.join(' '), await run(victim.folder, [...command, '-c', config]));
          }
        }
      };
      await withServer(
        (_, response) => void response.end(JSON.stringify(state)),
        async (port) => {
          const url = `http://127.0.0.1:${port}`;
          await expectAll(victim.configFile, [
            ['state', '--url', url],
            ['state', '--json', '--url', url],
            ['rollout', '--url', url],
            ['match', `https://tracker.example/${ESCAPES}`],
            ['rollback', '--hash', ESCAPES],
          ]);
        },
      );
      await withServer(
        ({ url = '' }, response) =>
          void response.end(url.includes('webapiVersion') ? '1.0' : `v4.0${ESCAPES}`),
        async (port) => {
          const config = await writeConfig(victim, {
            qbittorrent: { port },
            rollback: { database_path: './other/journal.db' },
          });
          await expectAll(config, [['doctor'], ['preview']]);
        },
      );
      return damage.verdict(`${ran} commands, half of them on a terminal, show them as \\u001b`);
    },
  },
  {
    name: 'an impostor on the port of the service, for a command',
    async run(victim) {
      const damage = new Damage();
      let requests = 0;
      const unknown = await withoutNamespace(victim);
      await withServer(
        (_, response) => void response.writeHead(401).end('{"error": "key_missing", "message": "the key?"}'),
        async (port, asked) => {
          for (const database_path of ['./data/journal.db', './nobody/journal.db', unknown]) {
            const config = await writeConfig(victim, { global: { port }, rollback: { database_path } });
            for (const command of [['state'], ['rollout', '20'], ['rollback', '--confirm'], ['preview']]) {
              // The others do it themselves where no service renews the lock.
              if (!database_path.includes('data') && !['state', 'rollout'].includes(command[0] ?? ''))
                continue;
              const { code, output } = await runCommand(victim.folder, [...command, '-c', config]);
              damage.expect(code === 5, `${command.join(' ')} ended with ${code}: ${output}`);
              damage.expect(output.includes('which was not sent'), `${command.join(' ')} says ${output}`);
            }
          }
          requests = asked.length;
          const leaks = asked.filter(({ rawHeaders, url }) => `${rawHeaders} ${url}`.includes(API_KEY));
          damage.expect(leaks.length === 0, `the key came with ${leaks.length} requests`);
          damage.expect(requests > 0, 'nothing was asked');
        },
      );
      await victim.configure({ trust_loopback: false });
      const withUnknown = await writeConfig(victim, { rollback: { database_path: unknown } });
      for (const config of [victim.configFile, withUnknown]) {
        const { code, output } = await runCommand(victim.folder, ['state', '-c', config]);
        damage.expect(code === 0, `the real service did not get the key: ${output}`);
      }
      await victim.configure();
      return damage.verdict(`${requests} requests, none with the key; the real service gets it`);
    },
  },
];
