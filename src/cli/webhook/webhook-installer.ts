/** `doctor --install-webhook` and `--remove-webhook`: qBittorrent's "Run external program", and back. */
import path from 'node:path';
import { parseQbittorrentHost } from '../../config/qbittorrent-host.ts';
import type { Config } from '../../config/schema.ts';
import { shownAddress } from '../../control/shown-address.ts';
import { webhookKey } from '../../http/access-keys.ts';
import { ApiKeyFileError } from '../../http/api-key-file.ts';
import type { QbittorrentClient } from '../../qbittorrent/client.ts';
import type { Arguments } from '../arguments.ts';
import { withConnection } from '../connection.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { localUrl } from '../local-url.ts';
import { print, printError, printJson } from '../output.ts';
import { agrees } from './ask.ts';
import { dataOwner, ForeignDataFolder } from './data-owner.ts';
import { WebhookFiles, WebhookRecordError } from './webhook-files.ts';
import {
  type Installation,
  installPlan,
  isUsablePath,
  optionsText,
  restorePlan,
  SLOTS,
  samePrograms,
} from './webhook-plan.ts';

export async function changeWebhook(config: Config, options: Arguments): Promise<ExitCode> {
  if (config.global.dry_run) {
    printError('global.dry_run is on, and a dry run writes nothing to qBittorrent, its settings neither');
    return EXIT.usage;
  }
  const files = new WebhookFiles(config.rollback.database_path);
  try {
    return options.removeWebhook
      ? await withConnection(config, null, true, ({ client }) => remove(client, files, options))
      : await install(config, files, options);
  } catch (error) {
    const isKnown = [WebhookRecordError, ApiKeyFileError, ForeignDataFolder].some(
      (kind) => error instanceof kind,
    );
    if (!isKnown || !(error instanceof Error)) throw error;
    printError(error.message);
    return EXIT.failed;
  }
}

async function install(config: Config, files: WebhookFiles, options: Arguments): Promise<ExitCode> {
  const target = await targetOf(config, files, options);
  if (typeof target === 'string') {
    printError(target);
    return EXIT.usage;
  }
  return await withConnection(config, null, true, async ({ client }) => {
    const present = await client.externalPrograms();
    const installation = installPlan(present, await files.former(), target.optionsFile);
    print('In qBittorrent, under Options, Downloads, Run external program:');
    for (const line of described(installation)) print(`  ${line}`);
    if (!(await agrees('Set these?', options.yes))) return EXIT.usage;
    await files.writeOptions(optionsText(target.webhookUrl, target.key));
    // Before the first write, as with limits: what stood there is on disk first.
    await files.keep(installation);
    await client.setExternalPrograms(installation.installed);
    if (!samePrograms(await client.externalPrograms(), installation.installed)) {
      printError(
        'qBittorrent took the settings and shows others: look at Options, Downloads, Run external program',
      );
      return EXIT.invalid;
    }
    printJson({
      status: 'installed',
      webhook_url: shownAddress(target.webhookUrl),
      options_file: files.optionsFile,
    });
    print(`set; the key and the address are in ${files.optionsFile}, readable by its owner only`);
    print('curl must be there where qBittorrent runs, as the same user, or one that may read that file.');
    print('If that is another user or container: give it a copy, and its path there by --webhook-options.');
    print('Undo it with: qguardarr doctor --remove-webhook');
    return EXIT.ok;
  });
}

/** A program of the user's may hold secrets. */
function described({ before, installed }: Installation): string[] {
  return SLOTS.map(({ slot, label }) => {
    const program = installed[slot]?.program ?? '(this version has no such setting)';
    const own = before[slot]?.enabled === true ? before[slot].program.trim() : '';
    if (own === '') return `${label}: ${program}`;
    const shown = program.replace(own, () => '(the program that stands there, which goes on to run)');
    return `${label}, by sh: ${shown}`;
  });
}

interface Target {
  readonly webhookUrl: string;
  /** As qBittorrent sees it. */
  readonly optionsFile: string;
  readonly key: string;
}

/** A text: what is missing for it. */
async function targetOf(config: Config, files: WebhookFiles, options: Arguments): Promise<Target | string> {
  const { webhookUrl } = options;
  const base = webhookUrl ?? localUrl(config);
  if (!URL.canParse(base) || !/^https?:/i.test(base)) {
    return `--webhook-url takes an http:// or https:// address, got "${shownAddress(base)}"`;
  }
  const { hostname, origin, pathname } = new URL(base);
  const host = parseQbittorrentHost(config.qbittorrent.host)?.host ?? config.qbittorrent.host;
  if (webhookUrl === null && isLoopback(hostname) && !isLoopback(host)) {
    return `qBittorrent runs on ${host}: say by --webhook-url how it reaches this service, such as http://this-machine:${config.global.port}`;
  }
  const databasePath = config.rollback.database_path;
  const owner = await dataOwner({ databasePath, uid: process.getuid?.() ?? null });
  const key = await webhookKey(config.auth, path.dirname(databasePath), owner);
  const optionsFile = options.webhookOptions ?? files.optionsFile;
  if (!isUsablePath(optionsFile)) {
    return `qBittorrent can't be given the path ${optionsFile}: it must be without ", ', % and \\; choose another by --webhook-options`;
  }
  const route = `${pathname.replace(/\/+$/, '').replace(/\/webhook$/, '')}/webhook`;
  return { webhookUrl: `${origin}${route}`, optionsFile, key };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || host.startsWith('127.');
}

async function remove(client: QbittorrentClient, files: WebhookFiles, options: Arguments): Promise<ExitCode> {
  const former = await files.former();
  if (former === null) {
    print('no webhook was installed by qguardarr: nothing was changed');
    printJson({ status: 'not_installed' });
    return EXIT.ok;
  }
  const { programs, kept } = restorePlan(await client.externalPrograms(), former);
  for (const label of kept) print(`${label} was changed since: it stays as it is`);
  if (!(await agrees('Put back what stood in qBittorrent before the webhook?', options.yes)))
    return EXIT.usage;
  await client.setExternalPrograms(programs);
  await files.remove();
  printJson({ status: 'removed', kept });
  print('removed; "Run external program" is as it was before');
  return EXIT.ok;
}
