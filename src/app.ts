import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { createBus } from './bus.ts';
import { Closers } from './closers.ts';
import { qbittorrentBaseUrl } from './config/base-url.ts';
import type { LoadResult } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { ConfigWatcher } from './config/watch.ts';
import { createJournal } from './create-journal.ts';
import { type ApiKey, loadApiKey } from './http/api-key-file.ts';
import { createHttpServer } from './http/server.ts';
import { createLog, type Log } from './log/logger.ts';
import { narrate } from './log/narrator.ts';
import { systemClock } from './service/clock.ts';
import { createClient } from './service/limits/create-client.ts';
import { OperationRefused, type Operations } from './service/operations.ts';
import { RolloutFile, rolloutFileOf } from './service/rollout/rollout-store.ts';
import { Service } from './service/service.ts';
import { createOperations } from './service/service-operations.ts';

/** SIGTERM to exit is promised within 5 s: what a stop may take of it, one after the other. */
const GRACE_MS = { watcher: 250, http: 1_500, service: 1_500, journal: 750 } as const;

export interface AppOptions {
  readonly config: Config;
  readonly warnings: readonly string[];
  /** Loads the config anew, for a reload. */
  readonly loadConfig: () => Promise<LoadResult>;
  /** Watched for changes; null: the config is not a file. */
  readonly configPath: string | null;
  readonly version: string;
  readonly terminal: boolean;
}

export interface App {
  readonly operations: Operations;
  readonly log: Log;
  readonly address: { readonly host: string; readonly port: number };
  /** Loads the config anew and puts it in force; the log says what came of it. Never rejects. */
  reload(): Promise<void>;
  /**
   * Requests under way are answered first, then the service drains, then journal and log are closed. Limits stay
   * as they are. Ends within 4.5 s even when qBittorrent hangs; never rejects.
   */
  stop(): Promise<void>;
}

/**
 * The composition root: makes every part, in the order in which they depend on each other, and starts them.
 * Rejects with JournalError, ForeignJournal, ListenError, ApiKeyFileError or the system's error, having closed what it had opened.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const log = await createLog({ logging: options.config.logging, terminal: options.terminal });
  const closers = new Closers();
  try {
    const opened = await open(options, log, closers);
    const stop = async () => {
      await closers.closeAll(log.logger);
      log.logger.info('stopped; limits stay as they are');
      await log.close();
    };
    return { ...opened, log, stop };
  } catch (error) {
    await closers.closeAll(log.logger);
    await log.close();
    throw error;
  }
}

async function open(options: AppOptions, log: Log, closers: Closers): Promise<Omit<App, 'log' | 'stop'>> {
  const { config, version, loadConfig } = options;
  const { logger } = log;
  const bus = createBus((name, error) => logger.error({ err: error }, `a listener of ${name} failed`));
  const journal = createJournal(config);
  await journal.open();
  closers.push('the journal', GRACE_MS.journal, () => journal.close());

  const rolloutStore = await RolloutFile.open(rolloutFileOf(config.rollback.database_path));
  if (rolloutStore.problem !== null) logger.warn(rolloutStore.problem);
  const service = new Service({ config, createClient, journal, rolloutStore, bus, clock: systemClock });
  const linkProblem = () => service.actor.getSnapshot().context.linkProblem;
  const stopNarrating = narrate(bus, logger, linkProblem);
  closers.push('the service', GRACE_MS.service, async () => {
    await service.stop();
    stopNarrating();
  });

  let apiKey = await obtainApiKey(config.auth.api_key, config, logger);
  const operations = createOperations({ service, journal, bus, clock: systemClock, version, loadConfig });
  const http = createHttpServer({
    operations,
    // A configured key that a reload took out of the config must not let anyone in any more.
    apiKey: () => service.live.config.auth.api_key || (apiKey.file === null ? '' : apiKey.key),
    allowedHosts: () => service.live.config.auth.allowed_hosts,
    log: logger,
  });
  const address = await http.start({ host: config.global.host, port: config.global.port });
  closers.push('the HTTP server', GRACE_MS.http + 250, () => http.stop(GRACE_MS.http));

  service.status.warnings = options.warnings;
  tellWarnings(logger, options.warnings, config);
  const takeEffect = async () => {
    const { config: inForce } = service.live;
    tellWarnings(logger, service.status.warnings, inForce);
    await log.configure(inForce.logging);
    if (inForce.auth.api_key === '' && apiKey.file === null) apiKey = await obtainApiKey('', config, logger);
  };
  bus.on('config:reloaded', () => {
    takeEffect().catch((error: unknown) => logger.error({ err: error }, 'not all of the config took effect'));
  });
  service.start();
  if (journal.failure !== null) service.effects.noteJournal(journal.failure);

  const reload = () => reloadConfig(operations, logger);
  if (options.configPath !== null) {
    const watcher = new ConfigWatcher({
      path: options.configPath,
      onChange: reload,
      onError: (error) => logger.error({ err: error }, 'the config file cannot be watched'),
    });
    closers.push('the watch on the config', GRACE_MS.watcher, () => watcher.stop());
    await watcher.start();
  }
  tellStart(logger, config, version, address, service.lifecycle);
  return { operations, address, reload };
}

async function reloadConfig(operations: Operations, logger: Logger): Promise<void> {
  try {
    await operations.reloadConfig();
  } catch (error) {
    // Refused: the bus has told what is wrong, and the config in force stays.
    if (!(error instanceof OperationRefused))
      logger.error({ err: error }, 'the config could not be reloaded');
  }
}

/** @param started with this config: its data folder stays that of the journal */
async function obtainApiKey(configured: string, started: Config, logger: Logger): Promise<ApiKey> {
  const apiKey = await loadApiKey(configured, dirname(started.rollback.database_path));
  if (apiKey.created) {
    // Shown this once, to whoever started it: not through the logger, whose file may be read by others.
    process.stderr.write(
      `\nAPI key for requests from other machines (shown once, kept in ${apiKey.file}):\n  ${apiKey.key}\n\n`,
    );
    logger.info(`an API key was made and is kept in ${apiKey.file}`);
  }
  return apiKey;
}

function tellWarnings(logger: Logger, warnings: readonly string[], config: Config): void {
  for (const warning of warnings) logger.warn(warning);
  if (config.global.dry_run) logger.warn('dry run: nothing is written to qBittorrent');
}

function tellStart(
  logger: Logger,
  config: Config,
  version: string,
  address: App['address'],
  lifecycle: string,
): void {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  logger.info(
    `Qguardarr ${version} serves http://${host}:${address.port} and connects to ${qbittorrentBaseUrl(config)}`,
  );
  if (lifecycle === 'rolledBack') {
    logger.warn('rolled back before this start: nothing is enforced until POST /resume');
  }
}
